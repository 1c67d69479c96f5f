"""The in-process engine gives what a kernel gives."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from cemlab.report.engine import execute

PARAMETERS = new_code_cell('text = "default"', metadata={"tags": ["parameters"]})


def run(*sources: str, **parameters: str) -> list:
    notebook = new_notebook(cells=[PARAMETERS, *(new_code_cell(source) for source in sources)])
    executed = execute(notebook, parameters or {"text": "given"})
    nbformat.validate(nbformat.from_dict({**executed, "metadata": {}}))
    return executed.cells[2:]


# truth


def test_outputs_equal_a_kernels() -> None:
    """The same cells through papermill's own engine and a real kernel."""
    import papermill

    sources = [
        "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\ntext",
        "from IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))\nNone",
        "import pandas as pd\npd.DataFrame({f'c{i}': [i] for i in range(15)})",
        "await __import__('asyncio').sleep(0)\n_ = 1; 2 * 21",
        "display({'image/png': 'QQ=='}, raw=True, metadata={'image/png': {'alt': 'a picture'}})",
    ]
    notebook = new_notebook(cells=[PARAMETERS, *(new_code_cell(source) for source in sources)])
    options = {"kernel_name": "python3", "language": "python", "progress_bar": False}
    kernel = papermill.execute_notebook(notebook, None, {"text": "given"}, **options)
    wanted = [merged(cell.outputs) for cell in kernel.cells[2:]]
    assert [merged(cell.outputs) for cell in run(*sources)] == wanted


def merged(outputs: list) -> list:
    """Outputs without what may differ between two kernels: how the two streams interleave, counts."""
    streams = {name: "".join(o.text for o in outputs if o.get("name") == name) for name in ("stdout", "stderr")}
    others = [(o.output_type, dict(o.data), dict(o.metadata)) for o in outputs if o.output_type != "stream"]
    return [streams, others]


# invariants


@pytest.mark.parametrize("text", ["007", "{braces} % \\ '\"\n", "بازار\u200cها \u202eabc", "", "True", "None"])
def test_parameters_stay_the_text_they_are(text: str) -> None:
    (cell,) = run("print(repr(text), end='')", text=text)
    assert cell.outputs[0].text == repr(text)


def test_a_run_starts_empty() -> None:
    run("left_over = 1")
    with pytest.raises(PapermillExecutionError, match="left_over"):
        run("left_over")


# errors


def test_first_error_stops_and_names_its_cell() -> None:
    with pytest.raises(PapermillExecutionError) as caught:
        run("x = 1", "1 / 0", "raise SystemError('never reached')")
    assert (caught.value.ename, caught.value.evalue) == ("ZeroDivisionError", "division by zero")
    assert caught.value.source == "1 / 0"


def test_syntax_error_is_an_error() -> None:
    with pytest.raises(PapermillExecutionError, match="SyntaxError"):
        run("def f(:")


def test_other_programs_are_not_run() -> None:
    with pytest.raises(PapermillExecutionError, match="runs no other programs"):
        run("!echo hello")
