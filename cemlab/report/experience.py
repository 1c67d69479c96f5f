"""Results on the customers' experience: importance, drivers, Kano, waves and the journey, made from the data.

As in `findings`: one small function a result; where the data do not allow it, `Unavailable` carries the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cemlab.report.findings import Unavailable, enough_answers
from cemlab.report.suppression import hidden_groups

if TYPE_CHECKING:
    import pandas as pd

    from cemlab.report.session import Report

MOST_ITEMS = 15  # as many ratings as LMG ranks exactly


def asked(report: Report, *roles: str) -> pd.DataFrame:
    """The codebook's rows of customers' items with these roles that enough people answered."""
    book, survey = report.codebook, report.survey
    book = book[(book["asked_of"] == "customers") & book["item"].isin(survey.columns)]
    answered = survey[book["item"].tolist()].notna().sum() >= report.minimum
    return book[book["role"].isin(roles) & answered.to_numpy()]


def outcome_of(report: Report) -> str:
    """The item of overall satisfaction: that of CSAT, else the first question on satisfaction about no attribute."""
    entry = report.study.config.kpis.csat
    if entry is not None and entry.item in report.survey.columns:
        return entry.item
    book = report.codebook
    single = book["attribute"].isna() | ~book["attribute"].duplicated(keep=False)
    found = asked(report, "satisfaction")
    found = found[single.loc[found.index]]
    if found.empty:
        raise Unavailable(report.words("The questionnaire does not ask for overall satisfaction."))
    return str(found["item"].iloc[0])


def performance_role(report: Report) -> str:
    """Which role rates the attributes whose importance was asked: satisfaction, else perception."""
    enough_answers(report)
    weighed = set(asked(report, "importance")["attribute"].dropna())
    for role in ("satisfaction", "perception"):
        if weighed & set(asked(report, role)["attribute"].dropna()):
            return role
    text = "The questionnaire does not ask how much each attribute matters and how it is rated."
    raise Unavailable(report.words(text))


def _importance_map(report: Report) -> Any:
    from cemlab.measures.importance import map_importance

    role = performance_role(report)
    return map_importance(
        report.survey, asked(report, "importance", role), performance=role, weights=report.weights,
        conf_level=report.conf_level, seed=report.study.config.seed,
    )  # fmt: skip


def _opportunities(report: Report) -> Any:
    from cemlab.measures.opportunity import score_opportunities

    role = performance_role(report)
    return score_opportunities(
        report.survey, asked(report, "importance", role), performance=role, weights=report.weights,
        conf_level=report.conf_level,
    )  # fmt: skip


def _ratings(report: Report, outcome: str) -> pd.DataFrame:
    """What is ranked: dimensions' scores where there are two or more, else the single questions."""
    from cemlab.inputs.scores import score_constructs

    rated = {role: asked(report, role) for role in ("perception", "satisfaction")}
    rated = {role: book[book["item"] != outcome] for role, book in rated.items()}
    own = report.codebook.loc[report.codebook["item"] == outcome, "construct"]
    for book in rated.values():
        book = book[book["construct"].notna() & ~book["construct"].isin(own)]
        if book["construct"].nunique() > 1:
            return score_constructs(report.survey, book)
    counts = [book for book in rated.values() if len(book) > 1]
    few = [book for book in counts if len(book) <= MOST_ITEMS]
    for book in [*few, *counts]:
        return report.survey[book["item"].tolist()]
    raise Unavailable(report.words("There are not two ratings or more to set beside overall satisfaction."))


def _drivers(report: Report) -> Any:
    from cemlab.models.drivers import rank_drivers

    survey, outcome = enough_answers(report), outcome_of(report)
    frame = _ratings(report, outcome)
    names = list(frame.columns)
    frame = frame.assign(**{outcome: survey[outcome]})
    if len(frame.dropna()) < report.minimum:
        raise Unavailable(report.words("Too few customers answered all of these questions to show anything."))
    return rank_drivers(
        frame, outcome=outcome, drivers=names, weights=report.weights, conf_level=report.conf_level,
        seed=report.study.config.seed,
    )  # fmt: skip


def _kano(report: Report) -> Any:
    from cemlab.measures.kano import classify_kano

    survey, sides = enough_answers(report), ("kano_functional", "kano_dysfunctional")
    functional, dysfunctional = (set(asked(report, side)["attribute"].dropna()) for side in sides)
    if not functional & dysfunctional:
        raise Unavailable(report.words("The questionnaire has no pairs of Kano questions."))
    return classify_kano(
        survey, asked(report, *sides), weights=report.weights, conf_level=report.conf_level,
        seed=report.study.config.seed,
    )  # fmt: skip


def mean_gaps(report: Report) -> pd.Series:
    """Each respondent's mean gap over the dimensions (questions where none is named), as in `score_gaps`."""
    import numpy as np
    import pandas as pd

    from cemlab.measures.gap_scores import mean_of_parts
    from cemlab.measures.pairs import find_pairs

    report.result("gaps")  # says why where there are none
    pairs = find_pairs(report.codebook, report.survey)
    sides = [report.survey[pairs.table[side].tolist()].to_numpy(dtype=float) for side in ("perception", "expectation")]
    gaps, dimension = sides[0] - sides[1], pairs.table["dimension"].to_numpy()
    parts = [mean_of_parts(gaps[:, dimension == name]) for name in pairs.dimensions]
    return pd.Series(mean_of_parts(np.column_stack(parts) if parts else gaps), index=report.survey.index)


def _rated(report: Report, kpi: str) -> pd.Series:
    """The answers behind NPS, or for CSAT 1 where a customer is satisfied and 0 where not."""
    entry = getattr(report.study.config.kpis, kpi)
    if entry is None:
        raise Unavailable(report.words("The study does not name a question for this figure."))
    ratings = enough_answers(report)[entry.item]
    if kpi == "nps":
        return ratings
    scale_max = report.codebook.set_index("item").loc[entry.item, "scale_max"]
    return (ratings > scale_max - entry.top).astype(float).where(ratings.notna())


def _waves(report: Report, figure: str) -> Any:
    """A figure over the waves; customers who are known in several waves are matched, waves too small are left out."""
    from cemlab.kpis.waves import track_waves

    survey, words = enough_answers(report), report.words
    if survey["wave"].nunique() < 2:
        raise Unavailable(words("There is only one wave."))
    values = mean_gaps(report) if figure == "gap" else _rated(report, figure)
    sizes = survey.loc[values.notna(), "wave"].value_counts()
    secret = hidden_groups(sizes, report.minimum)
    used = values.notna() & survey["wave"].isin(sizes.index[~secret.to_numpy()])
    if survey.loc[used, "wave"].nunique() < 2:
        raise Unavailable(words("This was not asked of enough customers in two waves or more."))
    people = survey.loc[used, "customer"]
    return track_waves(
        values[used],
        wave=survey.loc[used, "wave"].astype(str),
        respondent=people if people.notna().any() else None,
        weights=report.weights[used] if report.weights is not None else None,
        kind={"gap": "mean", "nps": "nps", "csat": "share"}[figure],  # type: ignore[arg-type]
        conf_level=report.conf_level,
    )


def _journey(report: Report) -> Any:
    from cemlab.inputs.journey import load_journey
    from cemlab.measures.journey import map_journey

    survey, study = enough_answers(report), report.study
    book = asked(report, "perception", "expectation", "desired")
    if not (book["stage"].notna() & (book["role"] == "perception")).any():
        raise Unavailable(report.words("The codebook names no stages of the customer journey."))
    try:
        impact = outcome_of(report)
    except Unavailable:
        impact = None
    if impact is not None and survey[impact].notna().sum() < report.minimum:
        impact = None
    sheet = load_journey(study, report.organization.id) if study.config.journey is not None else None
    return map_journey(
        survey, book, journey=sheet, impact=impact, weights=report.weights, conf_level=report.conf_level,
        seed=study.config.seed,
    )  # fmt: skip


def _zones(report: Report) -> Any:
    from cemlab.measures.zones import score_zones

    survey, roles = enough_answers(report), ("minimum", "desired", "perception")
    book = asked(report, *roles)
    named = [set(book.loc[book["role"] == role, "attribute"].dropna()) for role in roles]
    both = set.intersection(*named)
    if not both:
        text = "The questionnaire does not ask for the least that customers accept and for what they wish for."
        raise Unavailable(report.words(text))
    return score_zones(survey, book[book["attribute"].isin(both)], weights=report.weights, conf_level=report.conf_level)


def _value(report: Report) -> Any:
    from cemlab.measures.value import score_value

    survey, parts = enough_answers(report), ("benefit", "effort", "risk", "price", "treatment")
    book = asked(report, *parts)
    if book["role"].nunique() < len(parts):
        text = "The questionnaire does not ask for benefit, effort, risk, price and treatment."
        raise Unavailable(report.words(text))
    unlike = len(book.loc[book["role"] != "treatment", ["scale_min", "scale_max"]].drop_duplicates()) > 1
    result = score_value(survey, book, standardize="pomp" if unlike else None, weights=report.weights,
                         conf_level=report.conf_level)  # fmt: skip
    if result.table.loc[result.table["term"] == "value", "n"].iloc[0] < report.minimum:
        raise Unavailable(report.words("Too few customers answered all of these questions to show anything."))
    return result


def _emotion(report: Report) -> Any:
    from cemlab.measures.emotion import score_emotions

    survey, book = enough_answers(report), asked(report, "emotion_positive", "emotion_negative")
    if book["role"].nunique() < 2:
        raise Unavailable(report.words("The questionnaire does not ask for good and bad feelings."))
    return score_emotions(survey, book, weights=report.weights, conf_level=report.conf_level)


EXPERIENCE: dict[str, Callable[[Report], Any]] = {
    "importance_map": _importance_map,
    "opportunities": _opportunities,
    "drivers": _drivers,
    "kano": _kano,
    "waves_gap": lambda report: _waves(report, "gap"),
    "waves_nps": lambda report: _waves(report, "nps"),
    "waves_csat": lambda report: _waves(report, "csat"),
    "journey": _journey,
    "zones": _zones,
    "value": _value,
    "emotion": _emotion,
}
