# The everyday commands. `make` alone lists them; each is one line that can be typed without make too.
BIN := .venv/bin

.PHONY: help setup test full lint types format check bugs wheel ci clean
.DEFAULT_GOAL := help

help:            ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup:           ## an environment in .venv with everything to develop
	python3 -m venv .venv
	$(BIN)/pip install -q -e '.[dev]'

test:            ## the core tier, on all cores
	$(BIN)/pytest -q -n auto

full:            ## both tiers; DETECT_SHARED_DATA names a folder of real data
	DETECT_TEST_TIER=full $(BIN)/pytest -q -n auto

lint:            ## ruff: faults and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:           ## mypy --strict engine
	$(BIN)/mypy --strict engine

format:          ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint types test   ## what to run before a commit

bugs:            ## inject named bugs one at a time: each must turn a test red
	$(BIN)/python tests/bugs/run.py

wheel:           ## sdist and wheel into dist/
	$(BIN)/python -m build -q

ci:              ## what CI runs, as it runs it
	bash .ci/run

clean:           ## remove what tools leave behind
	rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
