"""Find a report's notebook and make it ready for one language. papermill only warns of what is refused here."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cemlab
from cemlab.errors import ReportError, quote
from cemlab.languages import Words

PASSED = ("study", "organization", "language")  # the parameters the runner sets


def notebooks_folder() -> Path:
    """The folder with `reports/` and `tutorials/`: inside an installed package, beside it in a clone."""
    package = Path(cemlab.__file__).parent
    inside = package / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def find_notebook(kind: str) -> Path:
    """The notebook of a kind of report; a kind that ends with .ipynb is the path of a notebook of one's own."""
    if kind.endswith(".ipynb"):
        if Path(kind).is_file():
            return Path(kind)
        raise ReportError(f"{kind}: found no such notebook. Check the path.")
    folder = notebooks_folder() / "reports"
    kinds = sorted(path.stem for path in folder.glob("*.ipynb"))
    if kind not in kinds:
        raise ReportError(
            f"kind: found {quote(kind)}, expected one of: {', '.join(kinds) or 'none are installed'}. "
            "Choose one of these, or give the path of a notebook (.ipynb) of your own."
        )
    return folder / f"{kind}.ipynb"


def read_notebook(path: Path, passed: Iterable[str] = PASSED) -> Any:
    """Read a report notebook and refuse it unless its parameters cell assigns everything that the runner passes."""
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        raise ReportError(
            f"{path.name}: found a file that is not a notebook ({type(error).__name__}), expected a Jupyter "
            "notebook (.ipynb, version 4). Open and save it in JupyterLab."
        ) from error
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1 or cells[0].cell_type != "code":
        raise ReportError(
            f"{path.name}: found {len(cells)} cells tagged `parameters`, expected exactly one code cell. "
            "Tag the cell that assigns the parameters (JupyterLab: Property Inspector, Cell Tags)."
        )
    _require_parameters(path.name, cells[0].source, passed)
    return notebook


def _require_parameters(name: str, source: str, passed: Iterable[str]) -> None:
    missing = [parameter for parameter in passed if parameter not in assigned_names(source)]
    if missing:
        raise ReportError(
            f"{name}, parameters cell: found no assignment to {', '.join(f'`{m}`' for m in missing)}, expected "
            f'one for each of {", ".join(f"`{p}`" for p in passed)}. Add a line such as `{missing[0]} = "…"`.'
        )


def assigned_names(source: str) -> set[str]:
    r"""The names that a cell's own lines assign.

    >>> sorted(assigned_names("study = 'demo'\nlanguage: str = 'en'"))
    ['language', 'study']
    """
    try:
        lines = ast.parse(source).body
    except SyntaxError:
        return set()
    assigned = [target for line in lines if isinstance(line, ast.Assign) for target in line.targets]
    assigned += [line.target for line in lines if isinstance(line, ast.AnnAssign) and line.value is not None]
    return {target.id for target in assigned if isinstance(target, ast.Name)}


def translate_markdown(notebook: Any, language: str) -> Any:
    """A copy whose markdown cells are in `language`: each is looked up whole in the catalog."""
    import copy

    words, translated = Words(language), copy.deepcopy(notebook)
    for cell in translated.cells:
        if cell.cell_type == "markdown":
            cell.source = words(cell.source)
    return translated


def tidy(notebook: Any, hidden: dict[str, str]) -> Any:
    """A copy of an executed notebook that may be handed over.

    It keeps no metadata of the run, no default parameters (they name another organization), no messages of the
    program, and none of the `hidden` texts (paths of this machine), which are replaced by what they map to.
    """
    import copy

    clean = copy.deepcopy(notebook)
    clean.metadata.pop("papermill", None)
    clean.cells = [cell for cell in clean.cells if "parameters" not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(clean.cells, start=1):
        cell["id"] = f"cell-{number}"  # the same report has the same bytes
        _tidy_cell(cell, hidden)
    return clean


def _tidy_cell(cell: Any, hidden: dict[str, str]) -> None:
    cell.metadata.pop("papermill", None)
    cell.metadata.pop("execution", None)
    tags = ["parameters" if tag == "injected-parameters" else tag for tag in cell.metadata.pop("tags", [])]
    if tags:
        cell.metadata["tags"] = tags
    if tags == ["parameters"]:
        cell.source = cell.source.removeprefix("# Parameters\n")
    cell.source = without(cell.source, hidden)
    if cell.cell_type == "code":
        kept = [output for output in cell.outputs if output.get("name") != "stderr"]
        cell.outputs = [_without_anywhere(output, hidden) for output in kept]


def without(text: str, hidden: dict[str, str]) -> str:
    """`text` with every hidden text replaced."""
    for secret, shown in hidden.items():
        text = text.replace(secret, shown)
    return text


def _without_anywhere(node: Any, hidden: dict[str, str]) -> Any:
    import nbformat

    if isinstance(node, str):
        return without(node, hidden)
    if isinstance(node, list):
        return [_without_anywhere(part, hidden) for part in node]
    if isinstance(node, dict):
        return nbformat.NotebookNode({key: _without_anywhere(part, hidden) for key, part in node.items()})
    return node
