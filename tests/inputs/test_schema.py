"""study.yml: what it may say, and how it says what is wrong."""

from __future__ import annotations

import contextlib
import datetime
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cemlab.errors import Problem, StudyError
from cemlab.inputs.configfile import read_config
from cemlab.inputs.schema import StudyConfig, text_in
from cemlab.inputs.slices import write_config

FULL = """
id: demo
title: {en: A demo, fa: نمونه}
language: fa
organizations:
  - {id: saffron, title: {en: Saffron Market, fa: بازار زعفران}}
  - ../../x
  - <script>
survey:
  file: ../survey.csv
  header_row: 2
  columns: {respondent: id, organization: org, date: answered_on}
  constants: {wave: 007}
  rename: {Q9ALL: satisfaction}
  exclude: [{column: consent, values: [no]}]
  missing_codes: [0, 6, BLANK]
  calendar: jalali
employees:
  - {file: a.csv}
  - {file: b.xlsx, sheet: 1403-05-12}
units: {file: units.csv, columns: {unit: u}, titles: {fa: نام}, measures: {profit: {column: profit_index}}}
transactions:
  file: t.csv.gz
  columns: {customer: c, date: d, quantity: q, price: p}
  cancelled: {column: InvoiceNo, starts_with: C}
constructs: {quality: {of: [a, b], title: Quality}}
label_sets: {agreement5: {1: [Strongly disagree, کاملاً مخالفم], 2: No}}
chain: {links: [{id: H1, source: a, target: b, sign: "-"}]}
kpis: {nps: {item: recommend}, csat: {item: overall, top: 1}, ces: {item: effort}}
comparison: {cutoff: 1403-12-30, horizon_days: 90, cem: nps}
report: {languages: [en, fa], formats: html, brand: {color: "#0b6e6e"}}
"""


def read(folder: Path, text: str | bytes) -> StudyConfig:
    content = text.encode() if isinstance(text, str) else text
    (folder / "study.yml").write_bytes(content)
    return read_config(folder / "study.yml")


def said(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(StudyError) as error:
        read(folder, text)
    return [str(problem) for problem in error.value.problems]


# truth


def test_a_full_file_is_read_as_it_stands(tmp_path: Path) -> None:
    config = read(tmp_path, FULL)
    source = config.survey[0]
    assert source.constants == {"wave": "007"}
    assert source.exclude[0].values == ("no",)
    assert source.missing_codes == ("0", "6", "BLANK")
    assert [entry.id for entry in config.organizations] == ["saffron", "../../x", "<script>"]
    assert config.employees[1].sheet == "1403-05-12"
    assert config.label_sets == {"agreement5": {1.0: ("Strongly disagree", "کاملاً مخالفم"), 2.0: ("No",)}}
    assert config.chain.links[0].sign == "-"
    assert config.kpis.ces is not None
    assert config.kpis.ces.version == 2
    assert text_in(config.title, "fa") == "نمونه"


def test_defaults_stand_without_being_written(tmp_path: Path) -> None:
    config = read(tmp_path, "id: x\ntitle:\nsurvey: {file: a.csv, sheet: null}\n")
    assert (config.privacy.identifiers, config.privacy.key_file, config.privacy.min_group_size) == (
        "hash",
        ".cemlab-key",
        10,
    )
    assert (config.on_invalid, config.codebook, config.seed, config.title) == ("stop", "codebook.csv", 1, None)
    assert config.survey[0].sheet is None


def test_a_jalali_cutoff_is_the_gregorian_day(tmp_path: Path) -> None:
    # 30 Esfand 1403 (a leap year) is the day before Nowruz 1404, which was 21 March 2025.
    config = read(tmp_path, "id: x\ncomparison: {cutoff: ۱۴۰۳/۱۲/۳۰}\n")
    assert config.comparison is not None
    assert config.comparison.cutoff == datetime.date(2025, 3, 20)


def test_words_that_yaml_readers_turn_into_other_things_stay_text(tmp_path: Path) -> None:
    config = read(tmp_path, "id: x\ntitle: no\nsurvey: {file: 007, constants: {wave: 1403-05-12, unit: 1_000}}\n")
    assert config.title == "no"
    assert config.survey[0].file == "007"
    assert config.survey[0].constants == {"wave": "1403-05-12", "unit": "1_000"}


# invariants

WORDS = [
    "file",
    "columns",
    "constants",
    "item",
    "of",
    "title",
    "links",
    "id",
    "source",
    "target",
    "organization",
    "unit",
]
KEYS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(
    lambda key: key not in StudyConfig.model_fields and key not in ("null", "y", "n", "yes", "no", "on", "off")
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(KEYS, unique=True, min_size=1, max_size=6))
def test_every_unknown_key_is_named_with_its_line(tmp_path: Path, keys: list[str]) -> None:
    lines = said(tmp_path, "id: x\n" + "".join(f"{key}: 1\n" for key in keys))
    for number, (key, line) in enumerate(zip(keys, lines, strict=True), start=2):
        assert line.startswith(f"study.yml, line {number}: unknown key '{key}';")


VALUES = st.recursive(
    st.none() | st.text(max_size=8) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.dictionaries(st.sampled_from(list(StudyConfig.model_fields)), VALUES, max_size=5))
def test_whatever_stands_under_a_key_is_read_or_refused_with_a_line(tmp_path: Path, content: dict[str, object]) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read(tmp_path, json.dumps(content))
    except StudyError as error:
        problems = error.problems
    assert all(problem.problem and problem.row for problem in problems)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>#'\"\\ \n\t?,%@`", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(StudyError):
        read(tmp_path, content)


def test_what_is_written_reads_back_equal(tmp_path: Path) -> None:
    config = read(tmp_path, FULL)
    write_config(config, tmp_path / "study.yml")
    assert read_config(tmp_path / "study.yml") == config


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    id=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), min_size=1)
)
def test_any_organization_id_reads_back_equal(tmp_path: Path, id: str) -> None:
    if not id.strip():
        return
    config = StudyConfig(id="x", organizations=({"id": id},))  # type: ignore[arg-type]
    write_config(config, tmp_path / "study.yml")
    assert read_config(tmp_path / "study.yml").organizations[0].id == id


# errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "survey:\n  file: a\n  colums: {}",
            "line 4: unknown key 'colums' under survey; did you mean 'columns'?",
        ),
        (
            "survey:\n  - file: a\n  - {file: b, shet: x}",
            "line 4: unknown key 'shet' under survey[2]; did you mean 'sheet'?",
        ),
        (
            "survey: {file: a, columns: {organisation: o}}",
            "line 2: unknown key 'organisation' under survey.columns; did you mean 'organization'?",
        ),
        (
            "interactions: {file: a, columns: {chanel: o}}",
            "line 2: unknown key 'chanel' under interactions.columns; did you mean 'channel'?",
        ),
        (
            "transactions: {file: a, columns: {customer: c, date: d, ammount: x}}",
            "line 2: unknown key 'ammount' under transactions.columns; did you mean 'amount'?",
        ),
        ("chain: {link: []}", "line 2: unknown key 'link' under chain; did you mean 'links'?"),
        ("xyzzy: 1", "line 2: unknown key 'xyzzy'; known are: chain, codebook, "),
        ("colour:", "line 2: unknown key 'colour';"),
        ("survey: {sheet: a}", "line 2: the key 'file' is missing under survey. Add it."),
        ("language: fr", "line 2: language: found 'fr', expected one of en, fa."),
        (
            "on_invalid: mising",
            "line 2: on_invalid: found 'mising', expected one of stop, missing. Did you mean 'missing'?",
        ),
        ("seed: many", "line 2: seed: found 'many', expected a whole number."),
        (
            "privacy: {min_group_size: 0}",
            "line 2: privacy.min_group_size: found '0', expected at least 1.",
        ),
        ("kpis: {ces: {item: a, version: 3}}", "line 2: kpis.ces.version: found '3', expected at most 2."),
        ("title: {}", "line 2: title: found no keys, expected a text, or one text per language"),
        ("currency: [a]", "line 2: currency: found a list of 1, expected a text."),
        ("units: [a]", "line 2: units: found a list of 1, expected keys with values below it."),
        ("constructs: text", "line 2: constructs: found 'text', expected keys with values below it."),
        ("label_sets: {a: {x: [b]}}", "line 2: label_sets.a.x: found 'x', expected a number."),
        ("report: {brand: {color: red}}", "line 2: report.brand.color: found 'red', expected a colour such as"),
        ("comparison: {cutoff: 2025-02-30}", "line 2: comparison.cutoff: found '2025-02-30', expected a date"),
        (
            "transactions: {file: a, columns: {customer: c, quantity: q}}",
            "expected columns to name date, amount (or quantity and price).",
        ),
        (
            "transactions: {file: a, columns: {customer: c, date: d, amount: e}, cancelled: {column: x}}",
            "expected either starts_with or values.",
        ),
        ("survey: {file: a, header_row: 3, first_row: 2}", "expected a first_row below header_row."),
        ("id: y", "line 2: the key 'id' stands twice. Keep one of them."),
        ("title: !secret x", "line 2: found the tag '!secret' at title; a study holds only data. Remove the tag."),
        ("[a]: b", "found a list or mapping used as a key. Use a text as the key."),
    ],
)
def test_a_problem_says_where_it_is_and_what_was_expected(tmp_path: Path, text: str, message: str) -> None:
    assert any(message in line for line in said(tmp_path, f"id: x\n{text}\n")), said(tmp_path, f"id: x\n{text}\n")


def test_the_id_has_a_pattern(tmp_path: Path) -> None:
    for id in ("../x", "a b", "<script>", "نمونه", "x\\n"):
        (line,) = said(tmp_path, f'id: "{id}"\n')
        assert "expected only Latin letters, digits, - and _." in line


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    lines = said(tmp_path, "titel: x\nid: a b\nseed: z\nsurvey: {fil: a}\n")
    assert [line.split(":")[0] for line in lines] == [
        "study.yml, line 1",
        "study.yml, line 2",
        "study.yml, line 3",
        "study.yml, line 4",
        "study.yml, line 4",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "study.yml: the file is empty."),
        (b"# only a comment\n", "study.yml: the file is empty."),
        (b"- a\n", "study.yml: found no keys at the top level."),
        (b"PK\x03\x04\0\0", "study.yml: found a binary file, expected text. Save it as plain text in UTF-8."),
        (b"id: x\ntitle: \xe4\n", "study.yml, line 2: found bytes that are not UTF-8."),
        (b"id: x\nsurvey: [\n", "study.yml, line 3: this is not readable as YAML: "),
        (b"id: x\n\ttitle: y\n", "this is not readable as YAML: "),
        (b"id: x\n---\nid: y\n", "this is not readable as YAML: "),
        (b"id: x\ntitle: \x07\n", "this is not readable as YAML: "),
        (b"a: &a [*a]\n", "found entries that contain each other."),
    ],
)
def test_a_file_that_is_no_study_is_refused_plainly(tmp_path: Path, content: bytes, message: str) -> None:
    (line,) = said(tmp_path, content)
    assert message in line


def test_nested_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" if i else "l0: &l0 [a]\n" for i in range(9))
    (line,) = said(tmp_path, levels)
    assert "entries that contain each other" in line
