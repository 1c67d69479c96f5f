"""Every benchmark has a row in tests/benchmarks/README.md and a table beside it that says how it was made."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "benchmarks"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
ROWS = re.findall(
    r"^\| `([^`]+\.py)` \| (\S.*\S) \| \[([^\]]+\.md)\]\(\3\) \|$",
    (FOLDER / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_every_script_has_one_row_and_every_row_a_script() -> None:
    assert sorted(script for script, _, _ in ROWS) == SCRIPTS


def test_every_table_belongs_to_one_script() -> None:
    assert sorted(table for _, _, table in ROWS) == sorted({p.name for p in FOLDER.glob("*.md")} - {"README.md"})


@pytest.mark.parametrize(("script", "table"), [(script, table) for script, _, table in ROWS])
def test_the_table_stands_there_and_names_its_command(script: str, table: str) -> None:
    text = (FOLDER / table).read_text(encoding="utf-8")
    name = script.removesuffix(".py")
    assert re.search(rf"`python (tests/benchmarks/{name}\.py|-m tests\.benchmarks\.{name})[ `]", text), table
    assert re.search(r"^\|[-:| ]+\|$", text, re.MULTILINE), f"{table} holds no table"
    assert re.search(r"^\|.*\d.*\|$", text, re.MULTILINE), f"{table} holds no numbers"
