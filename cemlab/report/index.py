"""The page over all reports of a study. It is the consultant's: it names every organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import quote as url_quote

from cemlab.languages import Words
from cemlab.report.export import page
from cemlab.report.manifest import Record

LANGUAGE_NAMES = {"en": "English", "fa": "فارسی"}
_STATUS = {"done": "made in this run", "unchanged": "unchanged since an earlier run", "failed": "failed"}
_WARNING = "This page names every organization. Do not hand it over; hand over one organization's folder."
_CSS = """<style>
table.index { border-collapse: collapse; width: 100% } table.index th, table.index td { text-align: start;
padding: .4em .8em; border-bottom: 1px solid #ccc; vertical-align: top } tr.failed { background: #fdecea }
p.warning { border-inline-start: 4px solid #b3261e;
padding-inline-start: .8em; font-weight: bold } .note { white-space: pre-wrap; overflow-wrap: anywhere }
</style>"""


def index_page(
    study: Mapping[str, str],
    organizations: Mapping[str, Mapping[str, str]],
    records: Sequence[Record],
    languages: Sequence[str],
    facts: Mapping[str, str],
) -> str:
    """The index as an HTML page, one block per language.

    Parameters
    ----------
    study : mapping
        The study's title per language.
    organizations : mapping
        Each organization's title per language.
    records : sequence of Record
        Every report known of the study.
    languages : sequence of str
        The languages of the page; the first gives its direction.
    facts : mapping
        When and with what it was made; the keys are English and translated.
    """
    blocks = [_block(Words(language), study, organizations, records, facts) for language in languages]
    first = Words(languages[0])
    title = first("Reports of {study}", study=study[first.language])
    return page(title=title, words=first, body=_CSS + "\n".join(blocks))


def _block(
    words: Words,
    study: Mapping[str, str],
    organizations: Mapping[str, Mapping[str, str]],
    records: Sequence[Record],
    facts: Mapping[str, str],
) -> str:
    titles = {id: names[words.language] for id, names in organizations.items()}
    failed = [record for record in records if record.status == "failed"]
    counted = words("{n} reports, {failed} failed.", n=words.number(len(records)), failed=words.number(len(failed)))
    heads = "".join(
        f"<th>{escape(words(head))}</th>" for head in ("Organization", "Report", "Status", "Seconds", "Note")
    )
    rows = "\n".join(_row(words, titles, record) for record in records)
    return f"""<section lang="{words.language}" dir="{words.direction}">
<h1>{escape(words("Reports of {study}", study=study[words.language]))}</h1>
<p class="warning">{escape(words(_WARNING))}</p>
<p>{escape(counted)}</p>
<table class="index"><thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody></table>
{_advice(words, failed)}
<p>{_facts(words, facts)}</p>
</section>"""


def _row(words: Words, titles: Mapping[str, str], record: Record) -> str:
    title = escape(titles.get(record.organization, record.organization))
    label = escape(f"{words(record.kind)} · {LANGUAGE_NAMES.get(record.language, record.language)}")
    link = f'<a href="{escape(url_quote(record.file), quote=True)}">{label}</a>' if record.file else label
    seconds = words.number(record.seconds, 1) if record.seconds else "–"
    note = f'<bdi dir="auto">{escape(record.note)}</bdi>' if record.note else ""
    cells = [
        f"<bdi>{title}</bdi>",
        link,
        escape(words(_STATUS.get(record.status, record.status))),
        seconds,
        f'<span class="note">{note}</span>',
    ]
    return f'<tr class="{escape(record.status)}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _advice(words: Words, failed: Iterable[Record]) -> str:
    if not list(failed):
        return ""
    advice = words(
        "What to do: correct what the note names and run the same command again. Finished reports are kept; only "
        "the failed ones are made. A link beside a failed report leads to the file of an earlier run."
    )
    return f"<p>{escape(advice)}</p>"


def _facts(words: Words, facts: Mapping[str, str]) -> str:
    return escape(" · ".join(f"{words(key)}: {words.isolate(value)}" for key, value in facts.items()))
