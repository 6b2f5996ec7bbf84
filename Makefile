# The Python that makes .venv. After a change of it: make clean.
PYTHON ?= python3
# The Python that runs server.py and client.py, if it is another one.
export CHAT_PYTHON
# More options for pytest, such as ARGS='-k paste'.
ARGS =
# Another folder with both scripts, for make bench.
OTHER =
# The version of the Python of Windows: 3.8.0 or 3.13.0.
WINDOWS = 3.13.0

.PHONY: help test test-slow test-windows watch bench lint picture clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

.venv/bin/pytest: tests/requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv/bin/ruff: tests/requirements-lint.txt .venv/bin/pytest
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test: .venv/bin/pytest  ## play the conversations of tests/ (ARGS=, CHAT_PYTHON=)
	.venv/bin/pytest $(ARGS)

.venv/rich: tests/requirements-watch.txt .venv/bin/pytest
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

watch: .venv/rich  ## watch the conversation of README.md, played by pexpect
	.venv/bin/python tests/tools/watch.py

bench: .venv/bin/pytest  ## measure both scripts beside a bare relay (OTHER=folder)
	.venv/bin/python tests/tools/benchmark.py $(OTHER)

test-slow: .venv/bin/pytest  ## cut the link between two machines; as root on Linux, 2 minutes
	.venv/bin/pytest -m slow $(ARGS)

test-windows: .venv/bin/pytest  ## play conversations with the Python of Windows, under Wine
	tests/tools/windows_python.sh $(WINDOWS)
	WINDOWS_PYTHON=.venv/windows/$(WINDOWS) .venv/bin/pytest -m windows $(ARGS)

lint: .venv/bin/ruff  ## check style and format, and what GitHub runs
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

picture: .venv/rich  ## draw the picture of README.md from a real conversation
	.venv/bin/python tests/tools/picture.py

clean:  ## remove what the others have made
	rm -rf .venv .ruff_cache .pytest_cache __pycache__ tests/__pycache__ tests/*/__pycache__ tests/.ruff_cache
