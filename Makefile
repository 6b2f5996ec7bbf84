# The Python of the tests, and that of server.py and client.py where it is another one.
PYTHON ?= python3
export CHAT_PYTHON
# More options for pytest, such as ARGS='-k paste'.
ARGS =

.PHONY: help test test-slow bench lint picture clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

# Its name tells the interpreter: with another PYTHON, the environment is made anew.
READY = .venv/made-by-$(subst /,-,$(PYTHON))

$(READY): tests/requirements.txt
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv/lint: tests/requirements-lint.txt $(READY)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test: $(READY)  ## play the conversations of tests/ (PYTHON=, CHAT_PYTHON=, ARGS=)
	.venv/bin/python -m pytest --verbose $(ARGS)

test-slow: $(READY)  ## cut the link between two machines; as root on Linux, about 80 seconds
	.venv/bin/python -m pytest --verbose -m slow $(ARGS)

bench: $(READY)  ## measure both scripts beside a bare relay and nc
	.venv/bin/python tests/tools/benchmark.py

lint: .venv/lint  ## check style and format, and what GitHub runs
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

picture: $(READY)  ## draw the picture of README.md from a real conversation
	.venv/bin/python tests/tools/picture.py

clean:  ## remove what the others have made
	rm -rf .venv .ruff_cache .pytest_cache __pycache__ tests/__pycache__ tests/*/__pycache__ tests/.ruff_cache
