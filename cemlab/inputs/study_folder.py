"""A study folder as it was read: what study.yml and the codebook say, and where the files are. Opens no data file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cemlab.errors import Problem, StudyError
from cemlab.inputs.entries import text_in
from cemlab.inputs.schema import StudyConfig

if TYPE_CHECKING:
    import pandas as pd

KeySource = Literal["environment", "file", "random"]
DATA_VARIABLE = "CEMLAB_REAL_DATA"  # the one variable that a `file` may hold, as ${CEMLAB_REAL_DATA}
_PLACEHOLDER = "${" + DATA_VARIABLE + "}"


@dataclass(frozen=True, eq=False)
class StudyFolder:
    """The description of a study and its key: all that the readers of files need.

    Attributes
    ----------
    folder : Path
        Where study.yml stands; the files it names are relative to it.
    config : StudyConfig
        What study.yml says.
    codebook : DataFrame
        One row per item: item, column, asked_of, attribute, role, construct, scale_min, scale_max (float), reverse
        (bool), missing_codes, labels, stage, channel, text_en, text_fa; empty cells are <NA>.
    key : bytes
        The key of the codes that stand for identifiers.
    key_source : str
        "environment", "file" or "random" (codes change from run to run).
    """

    folder: Path
    config: StudyConfig
    codebook: pd.DataFrame = field(repr=False)
    key: bytes = field(repr=False)
    key_source: KeySource = "file"

    @property
    def id(self) -> str:
        """The study's id."""
        return self.config.id

    @property
    def title(self) -> str:
        """The study's title in its own language."""
        return self.title_in(self.config.language)

    def title_in(self, language: str) -> str:
        """Give the study's title in `language`; its id where it has none."""
        return text_in(self.config.title, language, otherwise=self.id)

    def path_of(self, file: str) -> Path:
        """Give the path of a file that study.yml names.

        Raises
        ------
        StudyError
            If the name holds ${CEMLAB_REAL_DATA} and that variable is not set.
        """
        return resolve_file(self.folder, file)


def resolve_file(folder: Path, file: str) -> Path:
    """Give the path of a file named in `folder`'s study.yml; only ${CEMLAB_REAL_DATA} is put in.

    Raises
    ------
    StudyError
        If that variable is named and not set.
    """
    if _PLACEHOLDER in file:
        value = os.environ.get(DATA_VARIABLE, "").strip()
        if not value:
            problem = f"the file lies under {_PLACEHOLDER}, and {DATA_VARIABLE} is not set."
            advice = f"Set the environment variable {DATA_VARIABLE} to the folder that holds the data."
            raise StudyError("A data file cannot be found.", [Problem(file, problem, advice)])
        file = file.replace(_PLACEHOLDER, value)
    return folder / file
