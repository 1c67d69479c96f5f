"""Run a notebook inside this process: IPython's shell without a kernel, for papermill.

A report has a process of its own anyway (see `pool`), so a kernel beside it would only cost its start. Outputs are
captured as a kernel would send them: streams, displays with their metadata, results, errors.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

NAME = "cemlab"


class _Publisher(DisplayPublisher):
    shell: Any

    def publish(self, data, metadata=None, **_: Any) -> None:  # type: ignore[no-untyped-def, override]
        self.shell.outputs.append(new_output("display_data", data=data, metadata=metadata or {}))

    def clear_output(self, wait: bool = False) -> None:  # noqa: ARG002
        self.shell.outputs.clear()


class _Hook(DisplayHook):
    shell: Any

    def write_output_prompt(self) -> None:
        """No prompt: the notebook numbers its cells."""

    def write_format_data(self, format_dict, md_dict=None) -> None:  # type: ignore[no-untyped-def]
        if format_dict:
            self.shell.outputs.append(
                new_output(
                    "execute_result",
                    data=format_dict,
                    metadata=md_dict or {},
                    execution_count=self.shell.execution_count,
                )
            )


class _Shell(InteractiveShell):
    """A shell that collects what a cell puts out in `outputs`."""

    outputs: list[NotebookNode]

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.append(new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb)))

    def enable_gui(self, gui: str | None = None) -> None:
        """No windows."""

    def system(self, cmd: str) -> None:
        raise OSError(f"a report runs no other programs ({cmd!r})")


class _Stream(io.TextIOBase):
    """A text stream whose writes become stream outputs, joined as long as nothing comes between."""

    def __init__(self, shell: _Shell, name: str) -> None:
        self.shell, self.stream = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        outputs = self.shell.outputs
        if outputs and outputs[-1].output_type == "stream" and outputs[-1].name == self.stream:
            outputs[-1].text += text
        elif text:
            outputs.append(new_output("stream", name=self.stream, text=text))
        return len(text)


def _new_shell() -> _Shell:
    """A fresh shell that keeps no history and touches no profile of the user."""
    import tempfile

    _Shell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    folder = tempfile.mkdtemp(prefix="cemlab-shell-")
    shell = _Shell.instance(config=config, ipython_dir=folder, display_pub_class=_Publisher, displayhook_class=_Hook)
    shell.outputs = []
    shell.colors = "nocolor"
    shell.enable_matplotlib("inline")
    _show_frames_as_a_kernel_does()
    return shell


def _show_frames_as_a_kernel_does() -> None:
    """Pandas outside a terminal hides columns; a notebook shows twenty."""
    import pandas as pd

    pd.set_option("display.max_columns", 20)
    pd.set_option("display.width", 80)


@contextlib.contextmanager
def _captured(shell: _Shell) -> Iterator[None]:
    out, err = _Stream(shell, "stdout"), _Stream(shell, "stderr")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


class InProcessEngine(Engine):
    """papermill's engine named "cemlab"."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **_: Any) -> None:  # noqa: ARG003
        """Run the cells one after another; stop at the first error."""
        shell = _new_shell()
        for index, cell in enumerate(nb_man.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            nb_man.cell_start(cell, index)
            cell.execution_count = shell.execution_count
            shell.outputs = []
            with _captured(shell):
                shell.run_cell(cell.source, store_history=True)
            cell.outputs = shell.outputs
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
            failed = any(output.output_type == "error" for output in cell.outputs)
            if failed:
                nb_man.cell_exception(cell, index)
            nb_man.cell_complete(cell, index)
            if failed:
                return

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:  # noqa: ARG003
        """No kernel is started; the name only picks how papermill writes parameters."""
        return name or "python3"

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:  # noqa: ARG003
        """Report notebooks are Python."""
        return language or "python"


def execute(notebook: Any, parameters: dict[str, str]) -> Any:
    """Run a notebook with parameters and return it executed.

    Raises
    ------
    papermill.exceptions.PapermillExecutionError
        When a cell fails; it carries the cell, its source and the error.
    """
    import papermill

    papermill_engines.register(NAME, InProcessEngine)
    return papermill.execute_notebook(
        notebook,
        None,
        parameters=parameters,
        engine_name=NAME,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
    )
