# `make` or `make help` lists what can be made. Needs Python 3.10 or later; everything goes into .venv.
# PYTHON=python3.12 chooses another interpreter for it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3.10 python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && echo "$$p" && break; done)

.PHONY: help run test check docs screenshots clean

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: $(VENV)/run.stamp ## Start the app; ARGS="--port 7861" passes options
	@$(PY) app.py $(ARGS)

test: $(VENV)/dev.stamp ## Every test, the ones with a browser included
	@$(PY) -m scripts.find_browser --install
	@$(PY) -m pytest $(ARGS)

check: $(VENV)/dev.stamp ## Style, types and the fast tests
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m pytest -q -m "not slow and not browser" $(ARGS)

docs: $(VENV)/dev.stamp ## Write again what is generated: the tables in docs, README's front matter
	@$(PY) -m playground.settings --table > docs/SETTINGS.md
	@$(PY) -m playground.catalog.table > docs/MODELS.md
	@$(PY) -m scripts.render_readme

screenshots: $(VENV)/dev.stamp ## The README's pictures again, from the running app
	@$(PY) -m scripts.screenshots $(ARGS)

clean: ## Remove .venv and the tools' caches
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.10 or later is needed, with its venv module." \
		"Install it (Debian: apt install python3 python3-venv), or name one: make run PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "$(PYTHON) is older than Python 3.10. Name another one: make run PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

# The stamps make a second start skip pip as long as the lists of packages did not change.
$(VENV)/run.stamp: requirements.txt | $(PY)
	@echo "Installing the packages into $(VENV); this takes minutes, once."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements.txt | $(PY)
	@echo "Installing the packages and the test tools into $(VENV); this takes minutes, once."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp
