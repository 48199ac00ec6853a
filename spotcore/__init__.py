"""Finding facial expressions in video: files in, intervals out. Knows neither the database nor the web."""
