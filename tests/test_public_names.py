"""The contract of the public names: lazy, documented, no catch-all arguments, columns from the glossary."""

import inspect
import re
import subprocess
import sys

import pytest

import cemlab

FUNCTIONS = [name for name in cemlab.__all__ if inspect.isfunction(getattr(cemlab, name))]
HEAVY = {
    "pandas",
    "numpy",
    "scipy",
    "matplotlib",
    "seaborn",
    "statsmodels",
    "pingouin",
    "papermill",
    "duckdb",
}


def test_import_pulls_in_nothing_heavy() -> None:
    code = f"import sys, cemlab; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_no_catch_all_and_a_docstring(name: str) -> None:
    function = getattr(cemlab, name)
    kinds = {p.kind for p in inspect.signature(function).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    documentation = inspect.getdoc(function) or ""
    for section in ("Parameters", "Returns", "Examples"):
        assert re.search(rf"^{section}\n-+$", documentation, re.MULTILINE), f"{name}: no {section} section"
    for parameter in inspect.signature(function).parameters:
        assert re.search(rf"^[\w, ]*\b{parameter}\b[\w, ]* :", documentation, re.MULTILINE), f"{name}: {parameter}"


def test_unknown_name_says_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'score_gap'"):
        _ = cemlab.score_gap
