"""Everything a Persian reader reads is Persian: each text of the code and of the report notebooks is translated."""

import ast
import json
import re
from pathlib import Path

import pytest

from cemlab.languages import _catalog

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "cemlab").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks" / "reports").glob("*.ipynb"))
PLACES = re.compile(r"\{(\w*)\}")
CALLERS = {"words": 0, "count": 2}  # function -> place of its first English argument


def said(path: Path) -> set[str]:
    """Texts that a module passes to words(…), to count(words, n, one, many), or keeps in `text` for words(text)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "words":
                found |= constants(node.args[:1])
            elif name == "count" and len(node.args) == 4:
                found |= constants(node.args[2:])
        elif isinstance(node, ast.Assign) and [getattr(t, "id", "") for t in node.targets] == ["text"]:
            found |= constants([node.value]) if "report" in path.parts else set()
    return found


def constants(nodes: list[ast.expr]) -> set[str]:
    choices = [part for n in nodes for part in ((n.body, n.orelse) if isinstance(n, ast.IfExp) else (n,))]
    return {n.value for n in choices if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value}


def kept_as_data() -> set[str]:
    """Texts that stand in tables of the report layer and are passed to words(…) from there."""
    from cemlab.report import sentences, session, tables, vocabulary
    from cemlab.report.chapters import chain, comparison, gaps, method, priorities, reliability, voice

    columns = [
        *gaps.ESTIMATES,
        *reliability.COLUMNS,
        *chain.LINKS,
        *chain.GATE,
        *chain.INDIRECT,
        *comparison.PREDICTION,
    ]
    mappings = [tables.HEADINGS, vocabulary.KPI_NAMES, voice.AXES, chain.LEVELS, chain.EXPLAINED, method.STEPS,
                sentences.OUTCOMES, sentences.METRICS, sentences._OTHER_VERDICTS, sentences.LEVELS, sentences.INDIRECT,
                sentences.NO_INDIRECT, session.TITLES, vocabulary.REASONS, comparison.HEADINGS,
                {rule: text for rule, (_, text) in method.RULES.items()}]  # fmt: skip
    texts = {text for mapping in mappings for text in mapping.values()} | set(vocabulary.VOCABULARY) | {
        method.CRITIQUE, method.CONVENTION, *chain.LEFT_OUT.values()}  # fmt: skip
    assert priorities.LISTED
    return texts | {column.heading for column in columns if column.heading}


def markdown() -> set[str]:
    cells = [cell for path in NOTEBOOKS for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    return {"".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"}


def translated(text: str) -> bool:
    """A chapter's heading is looked up as a cell or, in a catalog, without its mark."""
    return text in _catalog("fa")


# truth
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_the_code_is_translated(path: Path) -> None:
    assert sorted(text for text in said(path) if not translated(text)) == []


def test_every_text_kept_as_data_is_translated() -> None:
    assert sorted(text for text in kept_as_data() if not translated(text)) == []


def test_every_markdown_cell_of_a_report_is_translated() -> None:
    assert markdown()
    assert sorted(text for text in markdown() if not translated(text)) == []


def test_texts_are_found_at_all() -> None:
    assert len(set().union(*(said(path) for path in SOURCES))) > 150


# invariants
@pytest.mark.parametrize("text", sorted(_catalog("fa")))
def test_translation_keeps_the_places_and_writes_persian(text: str) -> None:
    translation = _catalog("fa")[text]
    assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(translation))
    plain = PLACES.sub("", translation)
    without_names = re.sub(r"[A-Za-z_]+(\([^)]*\)|[\d.]*)", "", plain)
    assert not re.search("[0-9]", without_names), "Persian digits"
    assert not set("كي٤٥٦") & set(plain), "Persian letters and digits, not Arabic ones"
    assert "%" not in plain, "the Persian percent sign"
    assert not re.search(r" (ها|های|ترین|تر)\b", plain), "a half-space, not a space"
    assert not re.search(r"(^|\s)(می|نمی) ", plain), "a half-space, not a space"


def test_each_text_is_translated_once() -> None:
    """Two files with the same text would let the order of their names decide what a reader sees."""
    from babel.messages.pofile import read_po

    where: dict[object, list[str]] = {}
    for path in sorted((ROOT / "cemlab" / "locales" / "fa").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="fa"):
                if message.id:
                    where.setdefault(message.id, []).append(path.name)
    assert {text: files for text, files in where.items() if len(files) > 1} == {}
