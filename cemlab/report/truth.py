"""What a simulated study was drawn from, as tables to set beside the estimates: for lessons, never for reports."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from cemlab.errors import StudyError, quote
from cemlab.inputs.configfile import read_yaml
from cemlab.inputs.study import Study

FILE = "truth.yml"
Part = Literal["links", "gaps", "scores", "prediction"]


def load_truth(study: Study, part: Part, organization: str | None = None) -> pd.DataFrame:
    """Give the true values of a simulated study, one row each, in the units of the estimates.

    Parameters
    ----------
    study : Study
        A study whose folder holds truth.yml.
    part : {"links", "gaps", "scores", "prediction"}
        links: slopes per link and level; gaps: dimension, true_gap; scores: construct, true_mean;
        prediction: what the period after the cutoff was drawn from.
    organization : str, optional
        Whose truth, for gaps and scores.

    Returns
    -------
    DataFrame

    Raises
    ------
    StudyError
        If the study has no truth.yml, or it does not hold what is asked for.
    """
    path = study.folder / FILE
    if not path.is_file():
        raise StudyError(
            f"{FILE}: found no such file in {study.id}, expected one. Only simulated studies have a truth."
        )
    truth = read_yaml(path)[0]
    if part == "links":
        links = pd.DataFrame(truth["links"])
        for column in ("respondent", "unit"):
            links[column] = pd.to_numeric(links[column], errors="coerce")
        return links
    if part == "prediction":
        return pd.DataFrame([{"term": k, "value": v} for k, v in _flat(truth["next_period"])])
    known = truth["organizations"]
    if organization not in known:
        raise StudyError(f"{FILE}: found no organization {quote(organization)}, expected one of: {', '.join(known)}.")
    key, name, value = (
        ("dimensions", "dimension", "true_gap") if part == "gaps" else ("mean_scores", "construct", "true_mean")
    )
    return pd.DataFrame([{name: k, value: float(_number(v))} for k, v in known[organization][key].items()])


def _number(entry: Any) -> float:
    """A dimension's gap may stand alone or beside its expectation and perception."""
    return float(entry["gap"] if isinstance(entry, dict) else entry)


def _flat(entry: dict[str, Any], start: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in entry.items():
        pairs += _flat(value, f"{start}{key}: ") if isinstance(value, dict) else [(f"{start}{key}", str(value))]
    return pairs
