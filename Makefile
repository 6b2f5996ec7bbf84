# make test plays the conversations. With ARGS, more options go to pytest, and another
# Python can run the tests (PYTHON, then make clean first) or the scripts (CHAT_PYTHON):
#
#     make test ARGS='-k mine' CHAT_PYTHON=python3.9
#
# make climb judges the chat in the folder mine/, or another one:
#
#     make climb SERVER='perl chat.pl server {port}' CLIENT='perl chat.pl client {port}'

PYTHON = python3
PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: test climb watch picture lint clean venv

test: venv
	.venv/bin/python -m pytest $(ARGS)

climb: venv
	@.venv/bin/python tests/staircase/judge.py

watch: venv
	.venv/bin/python tests/tools/watch.py

picture: venv
	.venv/bin/python tests/tools/picture.py

lint: venv
	@.venv/bin/python -c 'import check_jsonschema, ruff' 2>/dev/null || \
	    $(PIP) -r tests/requirements-lint.txt
	.venv/bin/python -m ruff check
	.venv/bin/python -m ruff format --check
	.venv/bin/python -m check_jsonschema \
	    --builtin-schema vendor.github-workflows .github/workflows/tests.yml

clean:
	rm -rf .venv .ruff_cache .pytest_cache
	find . -name __pycache__ -exec rm -r {} +

# Made where it is missing, and made again where it is broken.
venv:
	@.venv/bin/python -c 'import pexpect, pytest' 2>/dev/null || { \
	    $(PYTHON) -m venv --clear .venv || { \
	        echo 'No virtual environment: on Debian or Ubuntu, apt install python3-venv.'; \
	        exit 1; }; \
	    $(PIP) -r tests/requirements.txt || { \
	        echo 'pexpect and pytest could not be installed: is there a network?'; \
	        exit 1; }; }
