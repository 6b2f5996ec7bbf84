"""What the READMEs quote is what the scripts say, and what they link to is there."""

import re
from xml.etree import ElementTree

import pytest

from chat import PROMPT, ROOT
from watch import play

PAGES = ["README.md", "tests/README.md", "tests/staircase/README.md"]
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
PROGRAMS = [*ROOT.glob("*.py"), *ROOT.glob("tests/**/*.py")]
by_page = pytest.mark.parametrize("page", PAGES)


def test_conversation_and_its_picture():
    svg = "{http://www.w3.org/2000/svg}"
    picture = ElementTree.parse(str(ROOT / ".github" / "conversation.svg"))
    told = picture.findtext(f"{svg}desc")
    assert list(play()) == told.splitlines()
    for drawn in picture.iter(f"{svg}text"):
        on_the_wire = drawn.get("class") in ("byte", "note")
        assert on_the_wire or drawn.text in told, drawn.text


@by_page
def test_prompt(page):
    quoted = r"""(?:[`"'n]|(?:py|client|server)  )(>{1,2}(?!>))(?: |$)"""
    prompts = re.findall(quoted, TEXTS[page], re.MULTILINE)
    assert set(prompts) == {PROMPT.strip()}, f"{page} quotes another prompt"


def excerpts(page):
    """Return the lines of Python that a README quotes."""
    return re.findall(r"(?ms)^```python\n(.*?)^```$", TEXTS[page])


@by_page
def test_excerpts(page):
    programs = [path.read_text(encoding="utf-8") for path in PROGRAMS]
    for excerpt in excerpts(page):
        found = any(f"\n{excerpt}" in program for program in programs)
        found = found or "import Terminal" in excerpt  # test_terminal.py runs it
        assert found, f"{page} quotes these lines, and no file has them:\n{excerpt}"


@by_page
def test_links(page):
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[page]):
        path, _, place = target.partition("#")
        linked = ROOT / page if not path else (ROOT / page).parent / path
        assert linked.exists(), f"{page}: no {target}"
        if place:
            headings = re.findall(r"(?m)^#+ (.*)$", linked.read_text(encoding="utf-8"))
            places = [
                re.sub(r"[^\w -]", "", h).replace(" ", "-").lower() for h in headings
            ]
            assert place in places, f"{page}: no {target}"


@pytest.mark.parametrize(
    ("exercises", "shown"),
    [("1", "<< 123456789é\n"), ("12", "UnicodeDecodeError")],
)
def test_exercises(open_window, tmp_path, exercises, shown):
    page = TEXTS["README.md"].partition("## Change it")[2]
    text = "".join(re.findall(rf"(?ms)^[{exercises}]\. .*?(?=^\d|^$)", page))
    changes = re.findall(r"replace\s+`([^`]+)`\s+with\s+`([^`]+)`", text)
    for script in "server.py", "client.py":
        program = (ROOT / script).read_text(encoding="utf-8")
        for old, new in changes:
            assert program.count(old) == 1, f"not once in {script}: {old}"
            program = program.replace(old, new)
        (tmp_path / script).write_text(program, encoding="utf-8")
    server = open_window("server.py", "--port", 0, cwd=tmp_path)
    server.sees_welcome()
    client = open_window("client.py", "--port", server.port, cwd=tmp_path)
    client.sees_greeting()
    client.says("123456789é")
    server.skips_to(shown)
