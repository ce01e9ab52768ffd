# `make` alone shows the targets. All that is needed: Python 3.11 and make.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
CITY ?= demo
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
TEXTS := spiegelstad/look/locale/nl/LC_MESSAGES/django.mo
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo region test test-all check format bench lock messages docs clean

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The lock files say exactly what is installed, with hashes; the stamp says that it has been.
$(VENV)/core: requirements.lock pyproject.toml
	@echo "Installing what the lock file names (once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# One of the files that are made stands for all.
$(TEXTS): $(VENV)/core $(wildcard spiegelstad/*/locale/*/LC_MESSAGES/django.po)
	@$(BIN)/python -m spiegelstad.base.messages compile

$(VENV)/dev: requirements-dev.lock $(VENV)/core
	@echo "Installing what testing needs (once)"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

region: $(VENV)/core $(TEXTS)  ## Show a region of two small cities, each with a broker of its own
	@$(BIN)/spiegelstad demo --region --port $(PORT)

demo: $(VENV)/core $(TEXTS)  ## Show a city: make demo, make demo CITY=gent DATA=folder, make demo INHABITANTS=50000
	@$(BIN)/spiegelstad demo --city $(CITY) --port $(PORT) $(if $(DATA),--data $(DATA)) $(if $(INHABITANTS),--inhabitants $(INHABITANTS))

test: $(VENV)/dev $(TEXTS)  ## Run the tests (under 15 minutes; those in Chromium skip where it is missing)
	$(BIN)/python -m pytest -m "not slow" -n logical --dist loadfile $(ARGS)

test-all: $(VENV)/dev $(TEXTS)  ## Run the slow and exhaustive tests too
	$(BIN)/python -m pytest -n logical --dist loadfile $(ARGS)

check: $(VENV)/dev $(TEXTS)  ## Check format, lint, types, floors and house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/house
	$(BIN)/spiegelstad check

format: $(VENV)/dev  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/dev $(TEXTS)  ## Measure against the raw engines and write docs/reference/benchmarks.md
	$(BIN)/python -m benchmarks $(ARGS)

lock: $(VENV)/dev  ## Renew the lock files after a change in pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--output-file requirements.lock requirements.in pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--constraint requirements.lock --extra dev --output-file requirements-dev.lock requirements.in pyproject.toml

messages: $(VENV)/dev  ## Collect new texts for translation, and compile them
	$(BIN)/python -m spiegelstad.base.messages extract
	$(BIN)/python -m spiegelstad.base.messages compile

docs: $(VENV)/dev  ## Write the generated pages of docs/reference
	$(BIN)/python -m spiegelstad.project.reference

clean:  ## Remove what the targets made, the demo's data included
	@# Root's database may live outside of the checkout: only the program knows where.
	for var in var var/region/*; do test ! -d $$var/postgres || SPIEGELSTAD_VAR=$$var $(BIN)/spiegelstad db remove --yes; done
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
