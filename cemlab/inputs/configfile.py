"""study.yml read into a StudyConfig, or every problem it has with its line and its path of keys.

The YAML is composed into nodes and never constructed: no tag runs code, and every scalar stays the text that stands in
the file (`no`, `007` and `1403-05-12` too). The schema decides what becomes a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, get_args, get_origin

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cemlab.errors import Problem, StudyError, quote
from cemlab.inputs.schema import StudyConfig

Place = tuple[str | int, ...]
STUDY_FILE = "study.yml"
MOST_NODES = 200_000  # far above any study; a file of nested aliases that would fill the memory stops here
PLAIN_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp"))
_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "dict": "keys with values below it",
    "model": "keys with values below it",
    "tuple": "a list",
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
}


@dataclass(frozen=True)
class LineProblem(Problem):
    """A problem of a text file: `row` is its line."""

    def __str__(self) -> str:
        line = f", line {self.row}" if self.row is not None else ""
        return f"{self.file}{line}: {self.problem} {self.advice}".rstrip()


def nearest(name: object, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """Say which known name was probably meant, or which names there are.

    >>> nearest("colums", ["file", "columns"])
    "did you mean 'columns'?"
    >>> nearest("x", ["file", "columns"])
    'known are: columns, file.'
    """
    names = sorted(set(known))
    close = get_close_matches(str(name), names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"known are: {shown}." if names else "there are none."


def read_config(path: Path) -> StudyConfig:
    """Read a study.yml.

    Raises
    ------
    StudyError
        With every problem of the file, its line and its path of keys.
    """
    values, lines, problems = read_yaml(path)
    try:
        config = StudyConfig.model_validate(values)
    except ValidationError as error:
        problems += [_problem(dict(e), lines) for e in error.errors()]
    if problems:
        problems.sort(key=lambda p: p.row or 0)
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise StudyError(f"{STUDY_FILE} has {count}.", problems)
    return config


def lines_of(path: Path) -> dict[Place, int]:
    """Give the line on which each entry of a study.yml begins, by its path of keys."""
    return read_yaml(path)[1]


def read_yaml(path: Path) -> tuple[Any, dict[Place, int], list[Problem]]:
    """Read the file as nested dicts, lists and texts; the line of every place; duplicate keys and tags."""
    text = _file_text(path)
    try:
        root = YAML(typ="rt").compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(str(error.problem or error.context).split())
        _refuse(f"this is not readable as YAML: {said}.", line=mark.line + 1 if mark else None)
    except (YAMLError, ValueError, RecursionError) as error:
        _refuse(f"this is not readable as YAML: {' '.join(str(error).split())[:200]}.")
    if root is None:
        _refuse("the file is empty.", advice="Write at least the study's id and its sources.")
    if not isinstance(root, MappingNode):
        _refuse("found no keys at the top level.", advice="Write it as `key: value` lines, beginning with id.")
    lines: dict[Place, int] = {}
    problems: list[Problem] = []
    return _values(root, (), lines, problems), lines, problems


def _file_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        _refuse(f"the file cannot be read ({error.strerror or error}).", advice="Check the folder's path.")
    if b"\0" in raw:
        _refuse("found a binary file, expected text.", advice="Save it as plain text in UTF-8.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _refuse("found bytes that are not UTF-8.", line=line, advice="Save the file in the encoding UTF-8.")


def _refuse(problem: str, *, line: int | None = None, advice: str = "Correct it there or just above.") -> NoReturn:
    raise StudyError(f"{STUDY_FILE} cannot be read.", [LineProblem(STUDY_FILE, problem, advice, row=line)])


def _values(node: Node, place: Place, lines: dict[Place, int], problems: list[Problem]) -> Any:
    """Turn a node into dicts, lists and texts, noting the line of every place."""
    lines.setdefault(place, node.start_mark.line + 1)
    if len(lines) > MOST_NODES or len(place) > 40:
        _refuse("found entries that contain each other.", advice="Write the values out instead of *aliases.")
    if isinstance(node, SequenceNode):
        return [_values(n, (*place, i), lines, problems) for i, n in enumerate(node.value)]
    if isinstance(node, MappingNode):
        return _mapping(node, place, lines, problems)
    return _scalar(node, place, problems)


def _mapping(node: MappingNode, place: Place, lines: dict[Place, int], problems: list[Problem]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            problem = f"found a list or mapping used as a key{_under(place)}."
            problems.append(LineProblem(STUDY_FILE, problem, "Use a text as the key.", row=line))
            continue
        key = key_node.value
        if key in values:
            problem = f"the key {quote(key)} stands twice{_under(place)}."
            problems.append(LineProblem(STUDY_FILE, problem, "Keep one of them.", row=line))
            continue
        lines[(*place, key)] = line
        values[key] = _values(value_node, (*place, key), lines, problems)
    return values


def _scalar(node: Node, place: Place, problems: list[Problem]) -> str | None:
    tag = str(node.tag)
    if tag not in PLAIN_TAGS:
        problem = f"found the tag {quote(tag)} at {dotted(place)}; a study holds only data."
        problems.append(LineProblem(STUDY_FILE, problem, "Remove the tag.", row=node.start_mark.line + 1))
    if isinstance(node, ScalarNode) and node.style is None and tag.endswith(":null"):
        return None
    return str(node.value)


def dotted(place: Place) -> str:
    """Write a path of keys as a person would: survey.columns, organizations[2].id."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _under(place: Place) -> str:
    return f" under {dotted(place)}" if place else ""


def _problem(error: dict[str, Any], lines: Mapping[Place, int]) -> Problem:
    """Say one pydantic error in the words of the file."""
    place, is_key = _real_place(error["loc"], lines)
    found = place
    while found and found not in lines:
        found = found[:-1]
    problem, advice = _say(error, place, is_key)
    return LineProblem(STUDY_FILE, problem, advice, row=lines.get(found), value=_shown(error["input"]))


def _real_place(loc: Place, lines: Mapping[Place, int]) -> tuple[Place, bool]:
    """Drop from pydantic's path what is not in the file: the list put around a single entry, '[key]'."""
    is_key = bool(loc) and loc[-1] == "[key]"
    place: Place = ()
    for i, part in enumerate(loc[:-1] if is_key else loc):
        is_put_there = isinstance(part, int) and (*place, part) not in lines and i < len(loc)
        place = place if is_put_there else (*place, part)
    return place, is_key


def _say(error: dict[str, Any], place: Place, is_key: bool) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden" or (is_key and kind == "literal_error"):
        keys = _known_keys(place[:-1])
        return f"unknown key {quote(place[-1])}{_under(place[:-1])};", nearest(place[-1], keys)
    if kind == "missing":
        return f"the key {quote(place[-1])} is missing{_under(place[:-1])}.", "Add it."
    at = f"{dotted(place) or 'the file'}: found {_shown(error['input'])}"
    if kind == "literal_error":
        options = _options(context.get("expected", ""))
        close = get_close_matches(str(error["input"]), options, n=1)
        return f"{at}, expected one of {', '.join(options)}.", f"Did you mean {close[0]!r}?" if close else ""
    if kind == "value_error":
        return f"{at}, {context['error']}.", ""
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"{at}, expected {words} {context[name]}.", ""
    if kind == "string_pattern_mismatch":
        return f"{at}, expected {_pattern_words(place)}.", ""
    return f"{at}, expected {_WANTED.get(kind.split('_')[0], error['msg'])}.", ""


def _pattern_words(place: Place) -> str:
    if place and place[-1] == "color":
        return 'a colour such as "#0B6E6E", in quotes'
    return "only Latin letters, digits, - and _"


def _options(expected: str) -> list[str]:
    return [part.strip(" '") for part in expected.replace(" or ", ",").split(",") if part.strip()]


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "no keys" if not value else "the keys " + ", ".join(str(key) for key in list(value)[:5])
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return quote(value)


def _known_keys(place: Place) -> list[str]:
    """Give the keys that the schema knows at a path of keys."""
    kind: Any = StudyConfig
    for part in place:
        if isinstance(part, int):
            continue
        fields = getattr(_inner(kind), "model_fields", {})
        kind = fields[part].annotation if part in fields else _dict_values(kind)
    inner = _inner(kind)
    if hasattr(inner, "model_fields"):
        return list(inner.model_fields)
    return [str(key) for key in get_args(get_args(inner)[0])] if get_origin(inner) is dict else []


def _inner(kind: Any) -> Any:
    """Strip Optional, Annotated and tuple from an annotation: what is left is a model, a dict or a scalar."""
    while not isinstance(kind, type) or get_origin(kind) is tuple:
        parts = [part for part in get_args(kind) if part is not type(None) and part is not Ellipsis]
        if get_origin(kind) is dict or not parts:
            return kind
        kind = parts[0]
    return kind


def _dict_values(kind: Any) -> Any:
    inner = _inner(kind)
    return get_args(inner)[1] if get_origin(inner) is dict else str
