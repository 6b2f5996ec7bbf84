"""Run the tests once for every Python from 3.6 on that is found here; run it with make pythons."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEWEST = 30  # no Python 3.31 is to be expected soon


def version(interpreter):
    """Return the version of an interpreter, such as (3, 6, 15), or None if it does not run."""
    command = [interpreter, "-c", "import sys; print(*sys.version_info[:3])"]
    try:
        done = subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(int(part) for part in done.stdout.split())


def interpreters():
    """Return the interpreters on the PATH and those of pyenv, one for each version."""
    names = ["python3", *(f"python3.{minor}" for minor in range(6, NEWEST))]
    found = [shutil.which(name) for name in names]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found += [str(path) for path in pyenv.glob("versions/3.*/bin/python3")]
    versions = {version(path): path for path in found if path}
    return {each: versions[each] for each in sorted(set(versions) - {None}) if each >= (3, 6)}


def main():
    """Print one line for each interpreter; the exit status is 1 if any test has failed."""
    failed = False
    for numbers, interpreter in interpreters().items():
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests"],
            cwd=str(ROOT),
            env={**os.environ, "CHAT_PYTHON": interpreter},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = done.stdout.decode(errors="replace")
        if done.returncode:
            failed = True
            print(output)
        summary = re.sub(r"^=+ | =+$", "", output.strip().splitlines()[-1])
        print(f"Python {'.'.join(map(str, numbers)):<8} {interpreter}: {summary}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
