"""From an executed notebook to one self-contained page: no scripts, nothing loaded from outside, one direction."""

from __future__ import annotations

import base64
import re
from html import escape, unescape
from importlib.resources import files
from typing import Any

from cemlab.languages import Words

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
_ACTIVE = re.compile(
    r"<(script|iframe|object|applet|form)\b.*?</\1\s*>|</?(script|iframe|object|embed|applet|base|link|meta|form)\b[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_HEADING = re.compile(r"<h([1-3])\b([^>]*)>(.*?)</h\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_FONT = re.compile(r"""url\(\s*["']?(?!data:)([^)"']+)["']?\s*\)""")
_MIME = {"woff2": "font/woff2", "ttf": "font/ttf", "svg": "image/svg+xml", "png": "image/png"}
_PAGE_CSS = "main.report nav.contents { padding-inline: 0 }\nimg { max-width: 100%; height: auto }\n"


def export_html(notebook: Any, *, title: str, words: Words, made: str = "", brand: str | None = None) -> str:
    """A notebook that was run, as one HTML page that holds its own styles, fonts and pictures.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Its code is left out, and so are cells tagged `note` and messages on stderr.
    title : str
        The page's title, as plain text.
    words : Words
        The page's language and direction.
    made : str
        A line for the foot of the page.
    brand : str, optional
        A colour as #rrggbb; the style sheet finds it as --brand.

    Returns
    -------
    str
        The page.
    """
    body = _ACTIVE.sub("", _body(notebook))
    body = _with_contents(body, words)
    return page(title=title, words=words, body=f'<main class="report">\n{body}\n</main>', made=made, brand=brand)


def page(*, title: str, words: Words, body: str, made: str = "", brand: str | None = None) -> str:
    """A whole page around a body that is HTML already."""
    colour = f":root {{ --brand: {brand} }}" if brand and re.fullmatch(r"#[0-9a-fA-F]{3,8}", brand) else ""
    foot = f'<footer class="page"><p>{escape(made)}</p></footer>' if made else ""
    return f"""<!DOCTYPE html>
<html lang="{words.language}" dir="{words.direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<style>{style_sheet()}{_PAGE_CSS}{colour}</style>
</head>
<body>
{body}
{foot}
</body>
</html>
"""


def style_sheet() -> str:
    """The reports' style sheet with its fonts written into it."""
    assets = files("cemlab") / "report" / "assets"
    sheet = assets / "report.css"
    text = sheet.read_text(encoding="utf-8") if sheet.is_file() else ""

    def embedded(match: re.Match[str]) -> str:
        name = match.group(1).rsplit("/", 1)[-1]
        if not (assets / name).is_file():
            return "url(data:,)"
        data = base64.b64encode((assets / name).read_bytes()).decode()
        return f"url(data:{_MIME.get(name.rsplit('.', 1)[-1], 'application/octet-stream')};base64,{data})"

    return _FONT.sub(embedded, text).replace("</", "<\\/")


def _body(notebook: Any) -> str:
    """The notebook's cells through nbconvert's plain template, which keeps the pictures' texts."""
    import copy

    from nbconvert.exporters import HTMLExporter

    shown = copy.deepcopy(notebook)
    shown.cells = [cell for cell in shown.cells if _is_shown(cell)]
    for cell in shown.cells:
        cell["metadata"] = {}
        if cell.cell_type == "code":
            cell.outputs = [_passive(output) for output in cell.outputs if output.get("name") != "stderr"]
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    return exporter.from_notebook_node(shown)[0]


def _passive(output: Any) -> Any:
    """An output without scripts; each is cleaned alone, so that an unclosed one swallows nothing that follows."""
    data = output.get("data", {})
    for kind in ("text/html", "text/markdown"):
        if kind in data:
            data[kind] = _ACTIVE.sub("", data[kind])
    return output


def _is_shown(cell: Any) -> bool:
    if "note" in cell.metadata.get("tags", []):
        return False
    return cell.cell_type == "markdown" or (cell.cell_type == "code" and bool(cell.outputs))


def _with_contents(body: str, words: Words) -> str:
    """The body with an id on every lower heading, and a table of contents before the first of them."""
    entries: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        level, attributes, inner = match.groups()
        name = f"section-{len(entries) + 1}"
        attributes = re.sub(r"""\sid\s*=\s*("[^"]*"|'[^']*'|\S+)""", "", attributes)
        if level != "1":
            label = escape(unescape(_TAG.sub("", inner)).strip())
            entries.append(f'<li class="level-{level}"><a href="#{name}">{label}</a></li>')
            attributes += f' id="{name}"'
        return f"<h{level}{attributes}>{inner}</h{level}>"

    body = _HEADING.sub(numbered, body)
    if len(entries) < 2:
        return body
    heading = escape(words("Contents"))
    contents = f'<nav class="contents" aria-label="{heading}"><p>{heading}</p><ol>{"".join(entries)}</ol></nav>'
    first = re.search(r"<h[23]\b", body)
    place = first.start() if first else 0
    return body[:place] + contents + body[place:]
