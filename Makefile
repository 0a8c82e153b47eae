# The two commands of a fresh machine with Make and Python 3.11, 3.12 or 3.13: `make demo` and `make test`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTHONS ?= python3.11 python3.12 python3.13
VENV := .venv
FUZZ_SECONDS ?= 600
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help demo serve test check docs bench fuzz wheel matrix clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

demo: $(VENV)/run-time ## assess a phantom patient, offline, into out/demo
	$(BIN)/spoils demo --out out/demo

serve: $(VENV)/service ## open the web application on this computer, with three phantom patients
	$(BIN)/spoils serve --data out/serve --demo

test: $(VENV)/development ## run the tests
	$(BIN)/python -m pytest

check: $(VENV)/development ## format, lint, types, documentation and tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mkdocs build --strict --quiet
	$(BIN)/python -m pytest

docs: $(VENV)/development ## build the documentation into site
	$(BIN)/python scripts/write_command_reference.py
	$(BIN)/python scripts/write_results.py
	$(BIN)/python scripts/write_clinician_page.py
	$(BIN)/mkdocs build --strict

wheel: $(BIN)/python ## build the package into dist
	rm -f dist/spoils-*.whl
	$(BIN)/python -m pip wheel --disable-pip-version-check --no-deps --wheel-dir dist .

matrix: wheel ## install the wheel under each of PYTHONS, and use it there
	scripts/check_wheel.sh dist/spoils-*.whl $(PYTHONS)

bench: $(VENV)/run-time ## time and memory of one assessment, with the share of each stage
	$(BIN)/spoils bench

fuzz: $(VENV)/development ## feed damaged files for FUZZ_SECONDS (600): none may crash, hang or be misread
	$(BIN)/python scripts/fuzz.py --seconds $(FUZZ_SECONDS)

clean: ## remove everything that was made
	rm -rf $(VENV) dist out site

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run-time: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/service: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[service]'
	touch $@ $(VENV)/run-time

$(VENV)/development: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[service,train,dev]'
	touch $@ $(VENV)/run-time $(VENV)/service
