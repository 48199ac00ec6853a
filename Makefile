# Two commands matter: `make run` and `make test`. Everything is installed into .venv, nothing outside the project.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: run test soak lint format bench install install-dev clean

run: install
	$(BIN)/python -m webapp

test: install-dev
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -m "not soak" -n 2 --dist loadgroup

# Long seeded trials: kill storms, mutations, load. Each keeps its progress and resumes where it was stopped.
soak: install-dev
	$(BIN)/python -m pytest -m soak --timeout=3600

bench: install-dev
	$(BIN)/python -m spotcore bench spot --example --json
	$(BIN)/python -m webapp.bench frames --json
	$(BIN)/python -m webapp.bench review --json

lint: install-dev
	$(BIN)/ruff check .

format: install-dev
	$(BIN)/ruff check --fix .

install: $(VENV)/installed
install-dev: $(VENV)/installed-dev

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Glint needs Python 3.11 (looked for '$(PYTHON)'; say make PYTHON=/path/to/python3.11)"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if v == (3, 11) else f"Glint needs Python 3.11, {sys.executable} is {v[0]}.{v[1]}")'
	$(PYTHON) -m venv $(VENV)

# A full lock without dependency resolution, then what torch lacks (see the head of requirements.txt).
$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps $$(grep -v '^torch==' requirements.txt | sed -n 's/^\([A-Za-z0-9_.-]*==[^ ]*\).*/\1/p')
	$(BIN)/python -m pip install --disable-pip-version-check -q $$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt)
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache
