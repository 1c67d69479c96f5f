"""Who may import whom. Change this table in the same commit as the import."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cemlab"
FOUNDATIONS = [
    *("errors", "languages", "columns", "thresholds", "weighting", "intervals", "multiplicity", "least_squares"),
    *("resampling", "results", "plots"),
]
STAGES = ["kpis", "measures", "models"]
ALLOWED: dict[str, list[str]] = {name: [*FOUNDATIONS[: FOUNDATIONS.index(name)], "plots"] for name in FOUNDATIONS}
ALLOWED |= {"inputs": [*FOUNDATIONS, "inputs"]}
ALLOWED |= {stage: [*FOUNDATIONS, "inputs", stage] for stage in STAGES}
ALLOWED |= {"report": [*FOUNDATIONS, "inputs", *STAGES, "report"]}
ALLOWED |= {"cli": [*FOUNDATIONS, "inputs", "report"], "__main__": ["cli"], "__init__": []}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "misc"}
MAX_LINES = 300
# A heavy third party appears in few modules; the rest of the package exchanges frames.
HOMES = {
    "papermill": {"report"},
    "nbconvert": {"report"},
    "duckdb": {"inputs"},
    "pyreadstat": {"inputs"},
    "ruamel": {"inputs"},
    "pydantic": {"inputs"},
    "persiantools": {"inputs"},
    "babel": {"languages"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path, *, for_types: bool = True) -> list[str]:
    """Return every module that a file imports, wherever in the file; `for_types`: also what only annotations need."""
    names = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not for_types:
        tree.body = [
            node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full, from cemlab…"
            names.append(str(node.module))
    return names


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_keeps_to_its_layer(path: Path) -> None:
    layer = layer_of(path)
    assert layer in ALLOWED, f"{path}: a new top-level module needs a line in this table"
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "cemlab" and rest:
            assert rest[0] in ALLOWED[layer], f"{path}: {layer} must not import {name}"
        if top in HOMES:
            assert layer in HOMES[top], f"{path}: {top} belongs to {sorted(HOMES[top])}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_stays_one_idea(path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES, f"{path}: name the module after its subject"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES, path


def test_no_import_cycles() -> None:
    graph = {}
    for path in MODULES:
        name = ".".join(("cemlab", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        graph[name] = {m for m in imports(path, for_types=False) if m.startswith("cemlab")}
    done: set[str] = set()

    def visit(node: str, trail: tuple[str, ...]) -> None:
        assert node not in trail, " → ".join((*trail, node))
        if node in done:
            return
        for target in graph.get(node, ()):
            visit(target, (*trail, node))
        done.add(node)

    for node in graph:
        visit(node, ())
