# Entente: every task a person or a machine does with this tree. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
CODE := $(wildcard src tests scripts bench examples)

##@ Start here

.PHONY: help
help: ## List the tasks
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Set everything up and show the main job, in an exercise with invented content
	@$(PYTHON) scripts/setup.py demo
	@$(BIN)/entente demo

.PHONY: test
test: ## Set everything up and pass the suite (under 10 minutes on 2 cores)
	@$(PYTHON) scripts/setup.py test
	@$(PY) scripts/suite.py test

.PHONY: test-long
test-long: ## The long part: kills, the browser matrix, all on PostgreSQL (under 25 minutes)
	@$(PYTHON) scripts/setup.py test
	@$(PY) scripts/suite.py test-long

.PHONY: fuzz
fuzz: ## Fuzz parsers and decoders for FUZZ_SECONDS (600 unless told)
	@$(PYTHON) scripts/setup.py test
	@$(PY) scripts/suite.py fuzz

##@ Work on it

.PHONY: setup
setup: ## Make .venv with everything for running and testing
	@$(PYTHON) scripts/setup.py test

.PHONY: lint
lint: setup ## Style, and the import contracts of the architecture
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/lint-imports --no-cache

.PHONY: types
types: setup ## Check the types
	@$(PY) -m mypy src tests scripts

.PHONY: format
format: setup ## Rewrite the code in the house style
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: migrations
migrations: setup ## Write the migrations of changed models
	@$(PY) -m django makemigrations --settings entente.settings.test

##@ Keep it

.PHONY: lock
lock: setup ## Pin every package again, for Python 3.11 to 3.13
	@for group in base demo scale test; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate $(LOCK_OPTIONS) requirements/$$group.in -o requirements/$$group.txt; \
	done

.PHONY: bench
bench: setup ## Measure start, memory and load on this machine
	@for bench in serve orders inbox loop; do echo "── bench.$$bench"; $(PY) -m bench.$$bench; done

.PHONY: clean
clean: ## Remove what can be made again; never data
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage .coverage.*
	@find src tests scripts bench examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	@find src/entente/locale -name '*.mo' -delete 2>/dev/null || true
