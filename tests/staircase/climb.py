"""Catch up: make mine STEP=6 puts the scripts as they are after step 6 into mine/.

They are made from the first version, which is beside this file, by the cures of
README.md. Scripts that are already in mine/ are kept in mine-1/, or mine-2/.
"""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MINE = HERE.parent.parent / "mine"
README = (HERE / "README.md").read_text(encoding="utf-8")
# For each step its cure, and then what tidies up behind it.
CURES = [
    re.findall(r"(?ms)^```diff\n(.*?)^```", step)
    for step in re.split(r"(?m)^## \d+\. ", README)
]
TOP = len(CURES) - 1  # the number of the last step


def climb(step, tidy=False):
    """Return the texts of both scripts, by their names, after a step.

    tidy: and after what tidies up behind it.
    """
    names = "server.py", "client.py"
    texts = {name: (HERE / name).read_text(encoding="utf-8") for name in names}
    cures = [cure for cures in CURES[:step] for cure in cures]
    cures += CURES[step] if tidy else CURES[step][:1]
    for part in re.findall(r"(?ms)^@@ (.*?) @@\n(.*?)(?=^@@|\Z)", "".join(cures)):
        old = re.sub(r"(?m)^\+.*\n|^[- ]", "", part[1])
        new = re.sub(r"(?m)^-.*\n|^[+ ]", "", part[1])
        for name in part[0].split(" and "):
            if texts[name].count(old) != 1:
                raise ValueError(f"{name} does not have these lines once:\n{old}")
            texts[name] = texts[name].replace(old, new)
    return texts


def write_mine(step):
    """Put the scripts as they are after a step into mine/. Keep what is there."""
    if MINE.exists():
        number = 1
        while (kept := MINE.with_name(f"mine-{number}")).exists():
            number += 1
        MINE.rename(kept)
        print(f"Your own scripts are kept in {kept.name}/.")
    MINE.mkdir()
    for name, text in climb(step, tidy=True).items():
        (MINE / name).write_text(text, encoding="utf-8")
    print(f"mine/ has both scripts as they are after step {step}.")


if __name__ == "__main__":
    step = os.environ.get("STEP", "")
    if step not in map(str, range(TOP + 1)):
        sys.exit(f"Which step, from 0 to {TOP}? For example: make mine STEP=6")
    write_mine(int(step))
