"""Measurements of the web half; `python -m webapp.bench` lists them."""
