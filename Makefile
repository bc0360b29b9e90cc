# Everything that one does with this repository. Each target sets up what it needs in .venv; nothing else must be prepared.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PROCESSES ?= 2
# Whatever is started compiles its modules once for all that are started after it, also where the environment says that nothing should:
# a process that finds them compiled is there in a third of the time, and a run of the tests starts some fifty.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/.bytecode

.DEFAULT_GOAL := help
.PHONY: help demo run test nightly check bench openapi lock clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  make demo CATALOG=file.csv   with a catalogue of your own (Shopify's product CSV format)"
	@echo "  make test ARGS='-k stock'    hands arguments to pytest;   make test PG=15   on PostgreSQL 15"
	@echo "  make bench ONLY=checkout     one row only"

demo: $(RUNTIME) ## play one order from end to end: bought online, collected in a store, one article returned
	$(BIN)/commerce demo $(if $(CATALOG),--catalog '$(CATALOG)')

run: $(RUNTIME) ## start the server, with its address and ready-made tokens printed
	$(BIN)/commerce run --try-it

test: $(DEV) ## run the tests
	$(if $(PG),COMMERCE_TEST_PG=$(PG)) $(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal $(ARGS)

nightly: $(DEV) ## run the tests that take long
	$(BIN)/python -m pytest -m nightly $(ARGS)

check: $(DEV) ## format, lint, types, import layers, the committed OpenAPI document
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/commerce openapi --check

openapi: $(DEV) ## write openapi/openapi.json from the code
	$(BIN)/commerce openapi

bench: $(DEV) ## measure, each row against its floor
	$(BIN)/python -m tests.bench $(if $(ONLY),--only '$(ONLY)')

# What is pinned stays until `make lock UPGRADE=--upgrade`. The files name no registry: pip's own configuration says where from.
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --annotation-style line --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

lock: $(BIN)/python ## pin the dependencies again (UPGRADE=--upgrade for newer ones)
	@[ -x $(BIN)/pip-compile ] || $(PIP) install pip-tools
	$(COMPILE) $(UPGRADE) -o requirements.lock pyproject.toml
	$(COMPILE) $(UPGRADE) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	sed -i '1i # Made by `make lock` from pyproject.toml: every version and its hashes.' requirements.lock requirements-dev.lock

clean: ## delete the environment, the caches and the data of the embedded server
	@if [ -x $(BIN)/python ] && [ -d .commerce ]; then $(BIN)/python -c \
		"from pathlib import Path; from commerce.platform import embedded; [embedded.remove(d) for d in Path('.commerce').glob('**/server.lock') for d in [d.parent]]"; fi
	rm -rf .commerce $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) (once; about half a minute)"
	@$(PIP) install --no-compile --require-hashes -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) for development (once; about a minute)"
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps -e .
	@touch $@ $(RUNTIME)
