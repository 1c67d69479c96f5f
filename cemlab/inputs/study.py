"""A study: a folder with study.yml, a codebook and the data files it names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cemlab.errors import Problem, StudyError, quote
from cemlab.inputs.codebook import read_codebook
from cemlab.inputs.configfile import STUDY_FILE, nearest, read_config
from cemlab.inputs.names import display_names
from cemlab.inputs.organizations import Organization as Organization
from cemlab.inputs.organizations import find_organizations
from cemlab.inputs.privacy import find_key
from cemlab.inputs.references import reference_problems
from cemlab.inputs.study_folder import StudyFolder, resolve_file


@dataclass(frozen=True, eq=False)
class Study(StudyFolder):
    """A study that was read and whose description is in order: a StudyFolder with its organizations and names."""

    @cached_property
    def organizations(self) -> tuple[Organization, ...]:
        """The organizations: those study.yml names, in its order, else those in the files as they appear."""
        return find_organizations(self)

    def organization(self, id: str) -> Organization:
        """Give the organization with this id.

        Raises
        ------
        StudyError
            If the study has none with this id.
        """
        for organization in self.organizations:
            if organization.id == id:
                return organization
        advice = nearest(id, [organization.id for organization in self.organizations])
        raise StudyError(f"The study {self.id} has no organization {quote(id)}; {advice}")

    def names(self, language: str) -> dict[str, str]:
        """Give the display names of items, attributes, constructs, measures, organizations and units."""
        return display_names(self, self.organizations, language)


def load_study(path: str | Path) -> Study:
    r"""Give the study in a folder, once study.yml and the codebook are in order; data files are not opened yet.

    Parameters
    ----------
    path : str or Path
        The study's folder, or its study.yml.

    Returns
    -------
    Study
        folder, config, codebook, organizations, title, names(language).

    Raises
    ------
    StudyError
        If the folder, study.yml or the codebook is missing or wrong; `.problems` lists everything that was found.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text("id: small\ntitle: A small study\n")
    >>> _ = (folder / "codebook.csv").write_text("item,role\nage,profile\n")
    >>> load_study(folder).title
    'A small study'
    """
    folder = _folder(Path(path))
    config = read_config(folder / STUDY_FILE)
    codebook, problems = read_codebook(resolve_file(folder, config.codebook), config)
    severe = [problem for problem in problems if problem.severity == "severe"]
    severe += reference_problems(folder, config, codebook) if not severe else []
    if severe:
        count = "one problem" if len(severe) == 1 else f"{len(severe)} problems"
        raise StudyError(f"The study in {folder} has {count}.", severe)
    key, key_source = find_key(folder, config.privacy.key_file)
    return Study(folder=folder, config=config, codebook=codebook, key=key, key_source=key_source)


def _folder(path: Path) -> Path:
    """Give the study's folder, or say what is missing."""
    folder = path.parent if path.name == STUDY_FILE and not path.is_dir() else path
    if not folder.is_dir():
        problem = "there is no folder of this name." if not folder.exists() else "this is a file, not a folder."
        raise StudyError("No study there.", [Problem(str(folder), problem, "Give the folder that holds study.yml.")])
    if not (folder / STUDY_FILE).is_file():
        problem = f"the folder holds no {STUDY_FILE}."
        raise StudyError("No study there.", [Problem(str(folder), problem, "`cemlab new` makes a study folder.")])
    return folder
