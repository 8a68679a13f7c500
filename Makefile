# Each target does all of its own set-up: a virtual environment in the tree, the locked
# dependencies checked by hash, and whatever else it needs. Nothing has to be typed before.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help demo test lint bench interop readme lock wheel clean

help: ## show what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

$(VENV)/.ready-run: requirements.lock .ci/setup
	@.ci/setup $(VENV) requirements.lock
	@touch $@

$(VENV)/.ready-test: requirements-test.lock .ci/setup
	@.ci/setup $(VENV) requirements-test.lock
	@touch $@ $(VENV)/.ready-run

demo: $(VENV)/.ready-run ## the whole road on real sockets; ONCE=1 stops at the end instead of serving
	@$(BIN)/exchange demo $(if $(ONCE),--once) $(ARGS)

test: $(VENV)/.ready-test ## every test; ARGS="tests/core -k digest" chooses
	@.ci/packages
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.ready-test ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.ready-test ## the table of figures; FULL=1 for the long form
	@.ci/packages
	@$(BIN)/python -m tests.bench $(if $(FULL),--full) $(ARGS)

interop: $(VENV)/.ready-test ## the European Commission's DSS library judges every good sample
	@.ci/packages interop
	@$(BIN)/python -m tests.interop $(ARGS)

readme: $(VENV)/.ready-test ## write the tables of README.md again from the code
	@$(BIN)/python -m tests.readme

lock: $(VENV)/.ready-test ## write the lock files again; ARGS=--upgrade chooses newer versions
	@.ci/lock $(BIN)/uv $(ARGS)

wheel: $(VENV)/.ready-test ## build the wheel, schemas included, into dist/
	@$(BIN)/hatchling build -t wheel

clean: ## remove everything that was made, the virtual environment included
	rm -rf $(VENV) demo bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
