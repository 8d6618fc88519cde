# The commands of this project. Everything happens in one environment, .venv, made from the
# hashed locks in deploy/; a target makes what it needs first, so each works alone.

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
COMPILE := pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --quiet \
	--no-header --no-annotate --extra build

.PHONY: help setup demo test bench lock clean

help:
	@echo "make demo    a filled archive to look at, with pages and an interface to file with"
	@echo "make test    every check: style, types, import contracts, tests on both databases"
	@echo "make bench   measure, and print the numbers"
	@echo "make setup   only make the environment (.venv)"
	@echo "make lock    choose newer packages and write deploy/*.lock"
	@echo "make clean   remove the environment and what tools left behind; never var/"

setup: $(VENV)/.stamp

demo: setup
	$(BIN)/filing demo

test: $(VENV)/.stamp-dev
	.ci/prepare
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

bench: $(VENV)/.stamp-dev
	$(BIN)/python -m benchmarks

$(VENV)/.stamp: deploy/requirements.lock setup.cfg pyproject.toml deploy/environment
	deploy/environment $(VENV) deploy/requirements.lock
	@touch $@

$(VENV)/.stamp-dev: deploy/requirements-dev.lock $(VENV)/.stamp
	deploy/environment $(VENV) deploy/requirements-dev.lock
	@touch $@

# The second lock is held to the first: tests run on the versions that are deployed.
lock: $(VENV)/.stamp-uv
	PATH="$$PATH:$(CURDIR)/$(BIN)" uv $(COMPILE) --upgrade -o deploy/requirements.lock
	PATH="$$PATH:$(CURDIR)/$(BIN)" uv $(COMPILE) --upgrade --extra dev \
		--constraint deploy/requirements.lock -o deploy/requirements-dev.lock

$(VENV)/.stamp-uv: | $(VENV)/.stamp
	command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv
	@touch $@

clean:
	rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	rm -rf __pycache__
	find benchmarks examples filing migrations tests -name __pycache__ -prune -exec rm -rf {} +
