"""One report: the data of one organization, loaded once, and every result computed once, when it is first asked for."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cemlab.errors import DataError, EstimationError, ReportError, quote
from cemlab.inputs.study import Organization, Study, load_study
from cemlab.languages import LANGUAGES, Words
from cemlab.report.blocks import Chapter, Note
from cemlab.report.experience import EXPERIENCE
from cemlab.report.findings import MAKERS, Unavailable
from cemlab.report.vocabulary import explain, kpi_names

if TYPE_CHECKING:
    import pandas as pd

TITLES = {
    "in_short": "In short",
    "respondents": "Who answered",
    "gaps": "Expectation and perception",
    "importance": "What matters to customers",
    "kano": "What customers take for granted and what they welcome",
    "drivers": "What goes with overall satisfaction",
    "zones": "Between the least accepted and the desired",
    "value": "What customers get for what they give",
    "emotion": "What customers feel",
    "reliability": "Reliability of the scales",
    "voice": "What customers say in one number",
    "waves": "From wave to wave",
    "behaviour": "What customers do",
    "chain": "The service–profit chain",
    "comparison": "CRM beside CEM",
    "journey": "Along the customer journey",
    "priorities": "Where to look first",
    "method": "How these numbers were made",
    "left_out": "Not in this report",
}
CHAPTERS = ("cover", *TITLES)


class Report:
    """What a report notebook talks to: data, results and chapters of one organization in one language.

    Attributes
    ----------
    study : Study
    organization : Organization
    words : Words
        The report's language.
    names : dict
        Display names of items, constructs, units, KPIs …
    conf_level : float
        Of every interval in the report.
    """

    def __init__(self, study: Study, organization: Organization, language: str, conf_level: float = 0.95) -> None:
        self.study = study
        self.organization = organization
        self.words = Words(language)
        self.conf_level = conf_level
        self._results: dict[str, Any] = {}
        self._reasons: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Report({self.study.id!r}, {self.organization.id!r}, {self.words.language!r})"

    @cached_property
    def names(self) -> dict[str, str]:
        """Display names in the report's language; what the study names comes before what cemlab names."""
        return kpi_names(self.words) | self.study.names(self.words.language)

    @property
    def codebook(self) -> pd.DataFrame:
        """The study's codebook."""
        return self.study.codebook

    @property
    def minimum(self) -> int:
        """The smallest group that is shown."""
        return self.study.config.privacy.min_group_size

    @cached_property
    def survey(self) -> pd.DataFrame:
        """The customers' answers; no rows where the study or the organization has none."""
        return self._load("survey")

    @cached_property
    def employees(self) -> pd.DataFrame:
        """The employees' answers; no rows where there are none."""
        return self._load("employees")

    @cached_property
    def units(self) -> pd.DataFrame:
        """What is known of each unit; no rows where nothing is."""
        return self._load("units")

    @cached_property
    def lines(self) -> Any:
        """The transaction lines as a lazy frame, or None where the study has no transactions."""
        if self.study.config.transactions is None:
            return None
        from cemlab.inputs.transactions import load_transactions

        return load_transactions(self.study, self.organization.id)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """What `check_study` finds in the study's files."""
        from cemlab.inputs.check import check_study

        return check_study(self.study)

    @property
    def weights(self) -> pd.Series | None:
        """The survey's weights, or None where all are equal."""
        weight = self.survey["weight"]
        return weight if weight.nunique() > 1 else None

    def result(self, name: str) -> Any:
        """Give a result by name, computed once.

        Parameters
        ----------
        name : str
            A name of `findings.MAKERS` or `experience.EXPERIENCE`: gaps, nps, chain …

        Raises
        ------
        Unavailable
            If this organization's data do not allow it; the message says why.
        """
        if name not in self._results:
            try:
                maker = MAKERS[name] if name in MAKERS else EXPERIENCE[name]
                self._results[name] = maker(self)
            except Unavailable as reason:
                self._results[name] = reason
            except (DataError, EstimationError) as error:
                text, detail = explain(str(error), self.words)
                self._results[name] = Unavailable(text, detail=detail)
        found = self._results[name]
        if isinstance(found, Unavailable):
            raise found
        return found

    def find(self, name: str) -> Any:
        """Give a result by name, or None where this organization's data do not allow it."""
        try:
            return self.result(name)
        except Unavailable:
            return None

    @property
    def results(self) -> Mapping[str, Any]:
        """Results computed so far, by name."""
        return {name: value for name, value in self._results.items() if not isinstance(value, Unavailable)}

    def show(self, name: str, *, omit: bool = False) -> Chapter:
        """Give a chapter, ready to be displayed.

        Parameters
        ----------
        name : str
            One of `session.CHAPTERS`.
        omit : bool
            Whether a chapter that the data do not allow shows nothing; `show("left_out")` tells of it.

        Returns
        -------
        Chapter
            By default a note with the reason where this organization's data do not allow the chapter.

        Raises
        ------
        ReportError
            If there is no such chapter.
        """
        if name not in CHAPTERS:
            raise ReportError(
                f"show: found {quote(name)}, expected one of: {', '.join(CHAPTERS)}. Correct the chapter's name."
            )
        try:
            blocks = import_module(f"cemlab.report.chapters.{name}").write(self)
            self._reasons[name] = ""
        except Unavailable as reason:
            self._reasons[name] = str(reason)
            blocks = [] if omit else [Note(str(reason), self.words, detail=reason.detail)]
        title = self.words(TITLES[name]) if name in TITLES else ""
        return Chapter(name, tuple(blocks), self.words, title)

    def left_out(self) -> dict[str, str]:
        """Chapters that the data do not allow, by name, each with the reason in the report's language."""
        for name in TITLES:
            if name not in self._reasons and name != "left_out":
                self.show(name)
        return {name: self._reasons[name] for name in TITLES if self._reasons.get(name)}

    def _load(self, source: str) -> pd.DataFrame:
        import pandas as pd

        entry = getattr(self.study.config, source)
        if not entry:
            return pd.DataFrame(columns=["organization", "unit", "wave", "weight"])
        from cemlab.inputs import survey

        return getattr(survey, f"load_{source}")(self.study, self.organization.id)


def open_report(
    study: str | Path | Study, organization: str, language: str = "en", *, conf_level: float = 0.95
) -> Report:
    r"""Give the report of one organization in one language; data are loaded when a chapter needs them.

    Parameters
    ----------
    study : str, Path or Study
        The study's folder, or the study.
    organization : str
        The organization's id.
    language : {"en", "fa"}
        The language of the report.
    conf_level : float
        Of every interval in the report, between 0 and 1.

    Returns
    -------
    Report
        `.show("gaps")` gives a chapter, `.result("gaps")` a result, `.survey`, `.lines` … the data.

    Raises
    ------
    StudyError
        If the study cannot be read or has no such organization.
    ReportError
        If the language is none of cemlab's, or the confidence level no share.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text("id: small\norganizations: [shop]\n")
    >>> _ = (folder / "codebook.csv").write_text("item,role\nage,profile\n")
    >>> open_report(folder, "shop").show("gaps").blocks[0].text
    'The study has no customers’ survey for this organization.'
    """
    if language not in LANGUAGES:
        raise ReportError(
            f"open_report: found language {quote(language)}, expected one of: {', '.join(LANGUAGES)}. Choose one."
        )
    if not 0 < conf_level < 1:
        raise ReportError(
            f"open_report: found conf_level {conf_level:g}, expected a share between 0 and 1. Write 95% as 0.95."
        )
    loaded = study if isinstance(study, Study) else load_study(study)
    return Report(loaded, loaded.organization(organization), language, conf_level)


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    from importlib.metadata import version

    import cemlab

    packages = ("numpy", "pandas", "scipy", "statsmodels", "duckdb")
    return {"cemlab": cemlab.__version__, "Python": platform.python_version()} | {p: version(p) for p in packages}
