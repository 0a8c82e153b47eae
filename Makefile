# The two commands of a fresh machine with Python 3.11 and Make: `make demo` and `make test`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check docs bench clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

demo: $(VENV)/run-time ## assess a phantom patient, offline, into out/demo
	$(BIN)/spoils demo --out out/demo

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

bench: $(VENV)/run-time ## time and memory of one assessment, with the share of each stage
	$(BIN)/spoils bench

clean: ## remove everything that was made
	rm -rf $(VENV) out site

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run-time: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/development: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[service,train,dev]'
	touch $@ $(VENV)/run-time
