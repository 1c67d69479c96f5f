"""What study.yml says, held against the codebook and against itself: names that nothing defines, chains in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cemlab.errors import quote
from cemlab.inputs.codebook_words import SCORING_ROLES, TEXT_ROLES
from cemlab.inputs.configfile import STUDY_FILE, LineProblem, Place, dotted, lines_of, nearest

if TYPE_CHECKING:
    import pandas as pd

    from cemlab.inputs.schema import Link, StudyConfig

CRM_NAMES = ("n_orders", "revenue", "average_order_value", "days_since_last", "tenure_days")
Found = tuple[Place, str, str]  # where, problem, advice


def reference_problems(folder: Path, config: StudyConfig, codebook: pd.DataFrame) -> list[LineProblem]:
    """Find every name in study.yml that nothing defines; each with its line."""
    found = [
        *_organizations(config),
        *_sources(config),
        *_constructs(config, codebook),
        *_links(config.chain.links, chain_names(config, codebook)),
        *_kpis(config, codebook),
        *_comparison(config, codebook),
    ]
    lines = lines_of(folder / STUDY_FILE) if found else {}
    problems = []
    for place, problem, advice in found:
        known = place
        while known and known not in lines:
            known = known[:-1]
        shown = dotted(known if known == place[:-1] and isinstance(place[-1], int) else place)
        problems.append(LineProblem(STUDY_FILE, f"{shown}: {problem}", advice, row=lines.get(known)))
    return sorted(problems, key=lambda p: p.row or 0)


def measured_constructs(codebook: pd.DataFrame) -> list[str]:
    """Give the constructs that at least one scored item measures, in the order of the codebook."""
    scored = codebook[codebook["role"].isin(SCORING_ROLES)]
    return [str(name) for name in scored["construct"].dropna().unique()]


def composites(config: StudyConfig) -> dict[str, list[str]]:
    """Give composite -> the constructs it is the mean of, as `score_constructs` takes them."""
    return {name: list(entry.of) for name, entry in config.constructs.items() if entry.of}


def chain_names(config: StudyConfig, codebook: pd.DataFrame) -> list[str]:
    """Give the names that a chain link may use: constructs, composites and measures of units."""
    measures = list(config.units.measures) if config.units else []
    return [*measured_constructs(codebook), *composites(config), *measures]


def _organizations(config: StudyConfig) -> Iterator[Found]:
    seen: set[str] = set()
    for i, entry in enumerate(config.organizations):
        if entry.id in seen:
            yield ("organizations", i, "id"), f"{quote(entry.id)} stands twice.", "Keep one of them."
        seen.add(entry.id)


def _sources(config: StudyConfig) -> Iterator[Found]:
    for name in ("survey", "employees", "interactions"):
        sources = getattr(config, name)
        for i, source in enumerate(sources):
            place: Place = (name, i) if len(sources) > 1 else (name,)
            for role in sorted(set(source.columns) & set(source.constants)):
                yield (*place, "constants", role), "columns names this role too.", "Keep one of them."
            yield from _renames(source.rename, place)


def _renames(rename: dict[str, str], place: Place) -> Iterator[Found]:
    names = list(rename.values())
    for header, item in rename.items():
        if names.count(item) > 1:
            advice = "Rename one header to each item."
            yield (*place, "rename", header), f"{quote(item)} is the new name of two headers.", advice


def _constructs(config: StudyConfig, codebook: pd.DataFrame) -> Iterator[Found]:
    known = measured_constructs(codebook)
    every = {str(name) for name in codebook["construct"].dropna()}
    for name, entry in config.constructs.items():
        place: Place = ("constructs", name)
        if entry.of and name in known:
            problem = "items of the codebook measure this construct, so it cannot be a composite too."
            yield place, problem, "Give the composite a name of its own."
        if not entry.of and name not in every:
            yield place, "no item of the codebook measures this construct;", nearest(name, sorted(every))
        for i, part in enumerate(entry.of):
            if part not in known:
                problem = f"no scored item of the codebook measures {quote(part)};"
                yield (*place, "of", i), problem, nearest(part, known)
            elif part in entry.of[:i]:
                yield (*place, "of", i), f"{quote(part)} stands twice.", "Keep one of them."


def _links(links: Sequence[Link], known: list[str]) -> Iterator[Found]:
    ids: set[str] = set()
    arrows: dict[tuple[str, str], str] = {}
    for i, link in enumerate(links):
        place: Place = ("chain", "links", i)
        if link.id in ids:
            yield (*place, "id"), f"the id {quote(link.id)} stands twice.", "Give each link an id of its own."
        ids.add(link.id)
        for end in ("source", "target"):
            name = getattr(link, end)
            if name not in known:
                problem = f"{quote(name)} is no construct, composite or measure of units;"
                yield (*place, end), problem, nearest(name, known)
        arrow = (link.source, link.target)
        if link.source == link.target:
            problem = f"{link.id} leads from {quote(link.source)} to itself."
            yield place, problem, "A link needs two different ends."
        elif arrow in arrows:
            yield place, f"{link.id} is the same arrow as {arrows[arrow]}.", "Keep one of them."
        arrows.setdefault(arrow, link.id)
    circle = find_circle([arrow for arrow in arrows if arrow[0] != arrow[1]])
    if circle:
        advice = "Leave one of these links out: a chain has a beginning and an end."
        yield ("chain", "links"), f"the links run in a circle: {' → '.join(circle)}.", advice


def find_circle(arrows: Sequence[tuple[str, str]]) -> list[str]:
    """Give the names along a circle of arrows, the first again at the end; empty where there is none.

    >>> find_circle([("a", "b"), ("b", "c"), ("c", "a")])
    ['a', 'b', 'c', 'a']
    >>> find_circle([("a", "b"), ("a", "c")])
    []
    """
    remaining = list(arrows)
    while True:  # take away what begins or ends nothing, until only circles are left
        sources, targets = {a for a, _ in remaining}, {b for _, b in remaining}
        kept = [(a, b) for a, b in remaining if a in targets and b in sources]
        if len(kept) == len(remaining):
            break
        remaining = kept
    if not remaining:
        return []
    following = dict(reversed(remaining))
    walk = [remaining[0][0]]
    while walk[-1] not in walk[:-1]:
        walk.append(following[walk[-1]])
    return walk[walk.index(walk[-1]) :]


def _kpis(config: StudyConfig, codebook: pd.DataFrame) -> Iterator[Found]:
    rated = codebook[~codebook["role"].isin(TEXT_ROLES) & (codebook["asked_of"] == "customers")]
    items = [str(item) for item in rated["item"]]
    for name in ("nps", "csat", "ces"):
        entry = getattr(config.kpis, name)
        if entry is not None and entry.item not in items:
            problem = f"{quote(entry.item)} is no rated item of the customers' questionnaire;"
            yield ("kpis", name, "item"), problem, nearest(entry.item, items)


def comparison_names(config: StudyConfig, codebook: pd.DataFrame) -> list[str]:
    """Give the names that `comparison.cem` may use: KPIs, constructs, composites and rated items of customers."""
    asked = codebook[codebook["asked_of"] == "customers"]
    kpis = [name for name in ("nps", "csat", "ces") if getattr(config.kpis, name) is not None]
    items = [str(item) for item in asked.loc[~asked["role"].isin(TEXT_ROLES), "item"]]
    return [*kpis, *measured_constructs(asked), *composites(config), *items]


def _comparison(config: StudyConfig, codebook: pd.DataFrame) -> Iterator[Found]:
    if config.comparison is None:
        return
    known = {"crm": list(CRM_NAMES), "cem": comparison_names(config, codebook)}
    for family, names in known.items():
        for i, name in enumerate(getattr(config.comparison, family)):
            if name not in names:
                problem = f"{quote(name)} is no {family.upper()} measure of this study;"
                yield ("comparison", family, i), problem, nearest(name, names)
