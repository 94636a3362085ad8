"""Documents and lock files keep what they promise."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.house.tree import ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


def documents() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    for folder in ("docs", "examples"):
        yield from sorted((ROOT / folder).rglob("*.md"))


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+\s+(.+?)\s*$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for document in documents():
        for target in LINK.findall(document.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = unquote(target).partition("#")
            leads_to = (document.parent / path).resolve() if path else document
            if not leads_to.exists() or (
                anchor and leads_to.suffix == ".md" and anchor not in anchors(leads_to)
            ):
                broken.append(f"{document.relative_to(ROOT)} -> {target}")
    assert broken == []


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_lock_files_name_no_index_and_pin_everything(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--trusted-host", text)
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[A-Za-z0-9._-]+(\[[^\]]+\])?==\S+", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_python_gets_the_same_version(path: Path) -> None:
    """What was tried on one Python is what runs on the next."""
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(set(names))


def test_lock_files_nest() -> None:
    """What the demo needs holds what the program needs, version for version; so does what the suite needs."""
    pins = {
        path.stem: set(re.findall(r"^[^\s#]\S+==\S+", path.read_text(), re.MULTILINE))
        for path in REQUIREMENTS
    }
    assert pins["base"] <= pins["demo"] <= pins["test"]


def test_the_ci_script_runs_both_suites_and_may_be_executed() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    text = script.read_text(encoding="utf-8")
    assert text.index("make test\n") < text.index("make test-long")
    assert "CI=true" in text
