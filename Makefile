# Two commands do everything: `make train` and `make test`. They need python3 (>= 3.11) with pip, and make.
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
BIN := $(VENV)/bin
TESTS ?=
# Each worker takes whole test files, so that what a file prepares is prepared once.
WORKERS ?= logical
PARALLEL = --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile

.PHONY: train test test-lowest test-interop lint docs audit

train: $(VENV)/.installed
	$(BIN)/python -m forecast.train

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest $(PARALLEL) $(TESTS)

test-lowest:
	$(MAKE) test VENV=$(VENV)-lowest CONSTRAINTS=constraints-lowest.txt TESTS='-m "not slow"'

# Without the pins: sktime 1.2 wants pandas below 3.1.
test-interop:
	$(PYTHON) -m venv $(VENV)-interop
	$(VENV)-interop/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test,tools,interop]'
	$(VENV)-interop/bin/python -m pytest -rs tests/forecast/runs/test_prediction_tools.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Known weaknesses of the pinned versions, by the advisories of PyPI: needs a network. Strict: what cannot be asked about is a failure.
# An exception is `--ignore-vuln ID` here, with its reason beside it; there is none.
AUDIT_EXCEPTIONS ?=
audit:
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.10'
	$(VENV)-audit/bin/pip-audit --strict --no-deps --disable-pip --requirement $(CONSTRAINTS) $(AUDIT_EXCEPTIONS)

docs: $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html -d build/doctrees docs build/site

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable
NEEDED = pyproject.toml $(CONSTRAINTS) | $(BIN)/python

# Each by one call of pip, which takes the most time to find out what it needs; a larger one is the smaller ones too.
$(VENV)/.installed: $(NEEDED)
	$(PIP) .
	@touch $@

$(VENV)/.installed-test: $(NEEDED)
	$(PIP) '.[test]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-dev: $(NEEDED)
	$(PIP) '.[test,dev]'
	@touch $(VENV)/.installed $(VENV)/.installed-test $@

$(VENV)/.installed-docs: $(NEEDED)
	$(PIP) '.[docs]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-all: $(NEEDED)
	$(PIP) '.[test,dev,docs,browser,postgresql,tools,live,dask]'
	@touch $(VENV)/.installed $(VENV)/.installed-test $(VENV)/.installed-dev $(VENV)/.installed-docs $@
