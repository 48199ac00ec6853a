"""Every test here may ask for `database`: a fresh one on SQLite and on PostgreSQL."""

from tests.databases import database, fresh_url, sqlite_database  # noqa: F401
