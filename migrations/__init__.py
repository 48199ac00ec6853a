"""Alembic migrations; db.schema.migrate runs them."""
