# Each target makes .venv with a bare Python 3.11 and installs what it needs, once.
PYTHON ?= python3
PIP_QUIET := --quiet --disable-pip-version-check
BIN := .venv/bin

# TensorFlow's native start-up chatter; warnings that are ours still come through.
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: demo test slow trust oldest compat wheel lint bench docs clean

demo: .venv/.all  ## a search over kernel sizes: a table and a picture
	$(BIN)/python examples/kernel_size_search.py

# Small fits gain little from a second thread, and tests everything from a second process.
WORKERS ?= 2
test trust oldest compat: export SKCNN_THREADS ?= 1
test trust oldest compat: export OPENBLAS_NUM_THREADS ?= 1
# Their many processes, and the next run, need not compile what one has compiled.
test slow trust oldest compat: export PYTHONDONTWRITEBYTECODE =
test: .venv/.test  ## the fast tests and the examples in docstrings
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

slow: .venv/.test  ## the tests that train for longer
	$(BIN)/python -m pytest -m slow

trust: .venv/.test  ## faults, forged files, drawn parameters, threads, forks, soak: 20 min
	$(BIN)/python -m pytest tests/trust -m trust --numprocesses $(WORKERS) --dist worksteal

# Every "name>=version" that pyproject.toml depends on, as "name==version".
.venv-oldest/.test: PINS = $(shell sed -n '/^dependencies/,/^]/s/.*"\(.*\)>=\(.*\)".*/\1==\2/p' pyproject.toml)
# What is deprecated today, the oldest releases could not know; and the oldest NumPy
# leaves its archive open on a full disk, and Keras 3.10 wants lists of inputs.
oldest: .venv-oldest/.test  ## the fast tests on the oldest releases that are allowed
	.venv-oldest/bin/python -m pytest --numprocesses $(WORKERS) --dist worksteal \
		-W ignore::DeprecationWarning -W 'ignore:The structure of:UserWarning' \
		-W ignore::pytest.PytestUnraisableExceptionWarning

# Another Python, another scikit-learn: make compat PYTHON=python3.13 SKLEARN=1.7
SKLEARN ?= 1
COMPAT := .venv-$(subst /,-,$(PYTHON))-sklearn-$(SKLEARN)
$(COMPAT)/.test: PINS = 'scikit-learn==$(SKLEARN).*'
compat: $(COMPAT)/.test  ## scikit-learn's checks, searches and pipelines on other releases
	$(COMPAT)/bin/python -m pytest tests/test_common.py tests/test_composition.py

wheel:  ## the wheel, installed in a clean environment and tried outside of the tree
	rm -rf dist .venv-wheel
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip wheel $(PIP_QUIET) --no-deps --wheel-dir dist .
	.venv-wheel/bin/python -m pip install $(PIP_QUIET) dist/skcnn-*.whl
	cd $$(mktemp -d) && $(CURDIR)/.venv-wheel/bin/python -I $(CURDIR)/tests/try_wheel.py

lint: .venv/.test  ## style, format and types, as CI checks them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

BENCH ?= all
bench: .venv/.all  ## ours beside its peers; one of them: make bench BENCH=search
	$(BIN)/python -m benchmarks $(BENCH)

docs: .venv/.docs  ## the pages, in docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -d docs/_build/doctrees docs docs/_build/html

clean:
	rm -rf .venv .venv-* dist docs/_build docs/auto_examples docs/generated

$(BIN)/python:
	$(PYTHON) -m venv .venv

# .venv/.test says that the extra `test` is installed as pyproject.toml asks now.
.venv/.%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_QUIET) --editable '.[$*]'
	@touch $@

# An environment beside .venv, with the releases that its target pins.
.venv-%/.test: pyproject.toml
	$(PYTHON) -m venv --clear .venv-$*
	.venv-$*/bin/python -m pip install $(PIP_QUIET) --editable '.[test]' $(PINS)
	@touch $@
