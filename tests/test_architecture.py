"""The layers of the house, read from the syntax trees: imports point down only, heavy things stay where they belong.

    4  webapp/app.py, app_pages/, components/, state.py   |  webapp/worker.py, jobs/
       streamlit, never torch                             |  torch through spotcore, never streamlit
    3  webapp/services/   short transactions; neither streamlit nor torch
    2  webapp/mapping.py  rows <-> values
    1  db/  (sqlalchemy)                                  |  spotcore/  (numpy, torch, mediapipe, av)
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("spotcore", "db", "migrations", "webapp")
LONGEST_MODULE = 400

# Modules that pages, services and routes read; importing one must not bring torch or mediapipe with it.
LIGHT = (
    "spotcore", "spotcore.errors", "spotcore.intervals", "spotcore.feature_files", "spotcore.probabilities",
    "spotcore.decoding", "spotcore.evaluation", "spotcore.splits", "spotcore.manifest", "spotcore.label_csv",
    "spotcore.video", "spotcore.packs", "spotcore.paired", "spotcore.selection",
)  # fmt: skip

# Folder or module (longest match wins) -> packages it must never import, directly.
FORBIDDEN = {
    "spotcore": {"db", "webapp", "migrations", "sqlalchemy", "streamlit", "starlette", "dbos", "altair"},
    "db": {"spotcore", "webapp", "migrations", "streamlit", "starlette", "torch", "dbos"},
    "migrations": {"spotcore", "webapp", "streamlit", "starlette", "torch", "dbos"},
    "webapp": {"torch", "mediapipe", "sqlalchemy", "streamlit"},
    "webapp.services": {"torch", "mediapipe", "streamlit", "starlette", "dbos"},
    "webapp.routes": {"torch", "mediapipe", "streamlit", "sqlalchemy", "dbos"},
    "webapp.jobs": {"torch", "mediapipe", "streamlit", "sqlalchemy"},
    "webapp.app": {"torch", "mediapipe", "sqlalchemy", "dbos"},
    "webapp.app_pages": {"torch", "mediapipe", "sqlalchemy", "dbos"},
    "webapp.components": {"torch", "mediapipe", "sqlalchemy", "dbos"},
    "webapp.state": {"torch", "mediapipe", "sqlalchemy", "dbos"},
    "webapp.bench": {"torch", "mediapipe", "sqlalchemy", "dbos"},
    "webapp.asgi": {"torch", "mediapipe", "sqlalchemy", "dbos"},
    "webapp.provider": {"torch", "mediapipe", "sqlalchemy", "dbos"},
    "webapp.__main__": {"torch", "mediapipe", "sqlalchemy", "dbos"},
}

# Layers within webapp, lowest first; a module may import from its own layer and below.
LAYERS = (
    ("webapp.settings", "webapp.theme", "webapp.values"),
    ("webapp.mapping",),
    ("webapp.services", "webapp.exchange"),
    ("webapp.app", "webapp.app_pages", "webapp.components", "webapp.routes", "webapp.jobs", "webapp.worker"),
)


def modules() -> dict[str, Path]:
    """Dotted name -> file of every module of ours."""
    found = {}
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(name: str, path: Path, known: dict[str, Path], *, at_import_only: bool = False) -> set[str]:
    """Dotted names that a module imports, resolved to our modules where they are ours."""
    tree = ast.parse(path.read_text(), filename=str(path))
    found = set()
    for node in _import_nodes(tree, at_import_only):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            base = node.module or ""
            if node.level:
                package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            found |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names}
    return found


def _import_nodes(tree: ast.AST, at_import_only: bool):
    """Import statements; `at_import_only` leaves out those inside functions and under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
            continue
        deferred = at_import_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for_checkers = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if not deferred and not for_checkers:
            yield from _import_nodes(node, at_import_only)


def longest_match(name: str, keys) -> str | None:
    matches = [key for key in keys if name == key or name.startswith(key + ".")]
    return max(matches, key=len) if matches else None


@pytest.fixture(scope="module")
def known() -> dict[str, Path]:
    return modules()


def test_every_package_stands_at_its_place(known):
    assert set(OURS) == {name.split(".")[0] for name in known}


def test_no_module_imports_what_its_layer_must_not_know(known):
    offences = []
    for name, path in known.items():
        rule = longest_match(name, FORBIDDEN)
        for imported in imports_of(name, path, known):
            top = imported.split(".")[0]
            if rule and (top in FORBIDDEN[rule]):
                offences.append(f"{name} imports {imported}")
    # streamlit is welcome in the parts that are pages; everything else of webapp is named above.
    assert offences == []


def test_only_the_mapping_and_the_services_know_database_models(known):
    # The filling makes a hundred thousand rows at once, which no service does.
    allowed = (
        "webapp.mapping", "webapp.services", "webapp.exchange", "webapp.bench.database_fill", "webapp.bench.team_fill",
    )  # fmt: skip
    offences = [
        f"{name} imports {imported}"
        for name, path in known.items()
        if name.startswith("webapp") and longest_match(name, allowed) is None
        for imported in imports_of(name, path, known)
        if imported.startswith(("db.models", "db.queries"))
    ]
    assert offences == []


def test_imports_inside_webapp_point_down_only(known):
    height = {key: number for number, layer in enumerate(LAYERS) for key in layer}
    offences = []
    for name, path in known.items():
        here = longest_match(name, height)
        for imported in imports_of(name, path, known):
            there = longest_match(imported, height)
            if here and there and height[there] > height[here]:
                offences.append(f"{name} imports {imported}")
    assert offences == []


def test_no_module_imports_itself_in_a_circle(known):
    graph = {name: {i for i in imports_of(name, path, known, at_import_only=True) if i in known and i != name}
             for name, path in known.items()}  # fmt: skip
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for following in sorted(graph[name]):
            if circle := walk(following, (*trail, name)):
                return circle
        done.add(name)
        return []

    circles = [circle for name in sorted(graph) if (circle := walk(name, ()))]
    assert circles == []


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_module_brings_neither_torch_nor_mediapipe(name):
    program = f"import sys, {name}; print([m for m in ('torch', 'mediapipe', 'streamlit') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.strip() == "[]"


def test_what_the_web_process_loads_brings_neither_torch_nor_mediapipe(known):
    served = ("webapp.services", "webapp.routes", "webapp.exchange")
    names = sorted(name for name in known if longest_match(name, served))
    assert names
    program = f"import sys, {', '.join(names)}; print([m for m in ('torch', 'mediapipe') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.strip() == "[]"


def test_no_module_is_longer_than_anyone_wants_to_read():
    too_long = {
        str(path.relative_to(ROOT)): count
        for folder in (*OURS, "tests")
        for pattern in ("*.py", "*.js")
        for path in sorted((ROOT / folder).rglob(pattern))
        if (count := len(path.read_text().splitlines())) > LONGEST_MODULE
    }
    assert too_long == {}


def test_file_names_say_what_is_inside():
    empty_names = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools"}
    offenders = [path for folder in OURS for path in (ROOT / folder).rglob("*") if path.stem in empty_names]
    assert offenders == []


def test_every_tests_folder_is_a_package():
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_module_says_what_belongs_in_it(known):
    silent = [name for name, path in known.items()
              if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text()))]  # fmt: skip
    assert silent == []


def test_no_media_is_kept_in_the_repository():
    answer = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False)
    suffixes = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".jpg", ".jpeg", ".wav", ".m4a")
    assert [line for line in answer.stdout.splitlines() if line.lower().endswith(suffixes)] == []
