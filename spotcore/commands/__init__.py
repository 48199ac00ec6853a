"""The commands of `python -m spotcore`: each module has `configure(parser)` and `run(arguments) -> int`."""
