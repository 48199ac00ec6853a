"""Tables, sessions, queries and the start-up migration. Knows neither spotcore nor the web."""
