# make test plays the conversations. With ARGS, more options go to pytest, and another
# Python can run the tests (PYTHON, then make clean first) or the scripts (CHAT_PYTHON):
#
#     make test ARGS='-k mine' CHAT_PYTHON=python3.9
#
# make climb judges the chat in the folder mine/, or another one. make mine STEP=6 puts
# there what the staircase has after step 6.
#
#     make climb SERVER='perl chat.pl server {port}' CLIENT='perl chat.pl client {port}'

PYTHON = python3
# Whatever PYTHONPATH and others like it say:
RUN = .venv/bin/python -E
PIP = PIP_USER=0 $(RUN) -m pip install --quiet --disable-pip-version-check

.PHONY: test climb mine watch lint clean venv

test: venv
	PYTEST_ADDOPTS= PYTEST_PLUGINS= $(RUN) -m pytest $(ARGS)

climb: venv
	@$(RUN) tests/staircase/judge.py

mine: venv
	@$(RUN) tests/staircase/climb.py

watch: venv
	@$(RUN) tests/watch.py

lint: venv
	@$(RUN) -c 'import check_jsonschema, ruff' 2>/dev/null || \
	    $(PIP) -r tests/requirements-lint.txt
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m check_jsonschema \
	    --builtin-schema vendor.github-workflows .github/workflows/tests.yml

# A .venv that make has not made is not for make to remove.
clean:
	rm -rf .ruff_cache .pytest_cache __pycache__ tests/__pycache__ tests/*/__pycache__
	[ ! -e .venv/made-by-make ] || rm -rf .venv

# Made only where there is none. To one that is there, pip adds what is missing.
venv:
	@[ -e .venv ] || [ -L .venv ] || { \
	    mkdir .venv && touch .venv/made-by-make || exit 1; \
	    $(PYTHON) -E -m venv .venv || { \
	        rm -rf .venv; \
	        echo 'No virtual environment: on Debian or Ubuntu, apt install python3-venv.'; \
	        exit 1; }; }
	@$(RUN) -c '' 2>/dev/null || { \
	    echo 'The Python in .venv does not run. Rename .venv, or remove it.'; exit 1; }
	@$(RUN) -c 'import pexpect, pytest' 2>/dev/null || \
	    $(PIP) -r tests/requirements.txt || { \
	    echo 'pip has not put pexpect and pytest into .venv: above, it says why.'; exit 1; }
