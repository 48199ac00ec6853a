"""One small question per function, one module per aggregate; the session comes first and is never committed here."""
