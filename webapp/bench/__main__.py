"""`python -m webapp.bench NAME ...`: measurements of the web half, one module each.

A table only; what is measured, and how, stands in the modules.
"""

from __future__ import annotations

import importlib
import sys

BENCHES = {
    "database": "webapp.bench.database",
    "frames": "webapp.bench.frames",
    "latency": "webapp.bench.latency",
    "pages": "webapp.bench.pages",
    "review": "webapp.bench.review",
    "timeline": "webapp.bench.timeline",
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in BENCHES:
        print(f"usage: python -m webapp.bench {{{','.join(BENCHES)}}} [options]", file=sys.stderr)
        return 2
    name, *rest = arguments
    # The measuring modules read their options themselves, from the place where every program finds them.
    sys.argv = [f"python -m webapp.bench {name}", *rest]
    return importlib.import_module(BENCHES[name]).main() or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
