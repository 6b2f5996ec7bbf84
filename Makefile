# The interpreter of the tests, and that of server.py and client.py where it is another one.
PYTHON ?= python3
CHAT_PYTHON ?=
# More options for pytest, such as ARGS='-k paste'.
ARGS =

.PHONY: help test test-slow pythons bench lint picture clean
.DELETE_ON_ERROR:

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

# $(call find,python3.N): where an interpreter is, on the PATH or else among those of pyenv.
find = $(or $(shell $1 -c 'import sys; print(sys.executable)' 2>/dev/null),$(lastword \
	$(sort $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/$(1:python%=%).*/bin/python3))),$1)

# Its name tells the interpreter: with another PYTHON, the environment is made anew.
READY = .venv/made-by-$(subst /,-,$(PYTHON))

$(READY): tests/requirements.txt
	@$(call find,$(PYTHON)) -m venv --clear .venv || { rm -rf .venv; echo >&2 "\
	make: $(PYTHON) cannot make a virtual environment. On Debian and Ubuntu, install it with: \
	apt install python3-venv. Or choose another Python: make test PYTHON=python3.12"; exit 1; }
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

.venv/%: tests/requirements-%.txt $(READY)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

override CHAT_PYTHON := $(if $(CHAT_PYTHON),$(call find,$(CHAT_PYTHON)))
export CHAT_PYTHON

test: $(READY)  ## play the conversations of tests/ (PYTHON=, CHAT_PYTHON=, ARGS=)
	.venv/bin/python -m pytest --verbose tests $(ARGS)

test-slow: $(READY)  ## cut the link between two machines; as root on Linux, about 80 seconds
	.venv/bin/python -m pytest --verbose -m slow tests $(ARGS)

pythons: $(READY)  ## run the tests once for every Python found, from 3.6 on
	.venv/bin/python tests/pythons.py

bench: $(READY)  ## measure both scripts beside a bare relay and nc
	.venv/bin/python tests/benchmark.py

lint: .venv/lint  ## check style, format and types, for Linux, macOS and Windows
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	for system in linux darwin win32; do \
		.venv/bin/mypy --check-untyped-defs --platform $$system server.py client.py || exit; \
	done

picture: .venv/picture  ## draw the picture of README.md from a real conversation
	.venv/bin/python tests/picture.py

clean:  ## remove what the others have made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache __pycache__ tests/__pycache__
