"""The migrations in order; a file name says what changed."""
