"""From a study to the frames that the chain is estimated on, with the aggregation gate of its questionnaires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cemlab.models.aggregation import AggregationResult, aggregate_units, gate_table

if TYPE_CHECKING:
    from cemlab.inputs.study import Study

KEYS = ["organization", "unit", "wave", "weight"]


def study_frames(study: Study, organization: str | None = None) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Scores of customers and employees, the units' measures, and the gate table.

    Parameters
    ----------
    study : Study
        From `load_study`.
    organization : str, optional
        Only this organization.
    """
    from cemlab.inputs.survey import load_employees, load_survey, load_units

    config = study.config
    frames, gates = {}, []
    if config.survey:
        frames["customers"], gate = _scores(study, load_survey(study, organization), "customers")
        gates += gate
    if config.employees:
        frames["employees"], gate = _scores(study, load_employees(study, organization), "employees")
        gates += gate
    if config.units is not None:
        frames["units"] = load_units(study, organization)
    return frames, gate_table(gates)


def _scores(study: Study, answers: pd.DataFrame, asked_of: str) -> tuple[pd.DataFrame, list[AggregationResult]]:
    """Scores by construct beside who answered where, and the gate if there are units."""
    from cemlab.inputs.scores import score_constructs

    composites = {name: list(entry.of) for name, entry in study.config.constructs.items() if entry.of}
    codebook = study.codebook[study.codebook["asked_of"] == asked_of]
    known = set(codebook["construct"].dropna())
    own = {name: parts for name, parts in composites.items() if set(parts) <= known}
    scores = score_constructs(answers, codebook, own)
    frame = pd.concat([answers[[key for key in KEYS if key in answers]], scores], axis=1)
    gate = [aggregate_units(answers, codebook, constructs=own)] if answers["unit"].notna().any() else []
    return frame, gate
