"""What a chapter is made of: data that knows its language, from which HTML (and later other formats) is written."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from cemlab.languages import Words

if TYPE_CHECKING:
    import pandas as pd

RESOLUTION = 200  # dots per inch of a picture: twice what a screen shows


class Block(Protocol):
    """Anything a chapter may hold."""

    words: Words

    def _repr_html_(self) -> str: ...


def attributes(words: Words) -> str:
    """The HTML attributes that set language and direction of a block."""
    return f'lang="{words.language}" dir="{words.direction}"'


@dataclass(frozen=True)
class Heading:
    """A heading inside a chapter; level 1 is the report's title, the chapters' own headings have level 2."""

    text: str
    words: Words = field(repr=False)
    level: int = 3

    def _repr_html_(self) -> str:
        return f"<h{self.level} {attributes(self.words)}>{escape(self.text)}</h{self.level}>"


@dataclass(frozen=True)
class Paragraph:
    """Running text; `lead` is the sentence that carries the chapter."""

    text: str
    words: Words = field(repr=False)
    lead: bool = False

    def _repr_html_(self) -> str:
        kind = ' class="lead"' if self.lead else ""
        return f"<p{kind} {attributes(self.words)}>{escape(self.text)}</p>"


@dataclass(frozen=True)
class Bullets:
    """A list; numbered where the order means something."""

    items: tuple[str, ...]
    words: Words = field(repr=False)
    numbered: bool = False

    def _repr_html_(self) -> str:
        tag = "ol" if self.numbered else "ul"
        return f"<{tag} {attributes(self.words)}>{''.join(f'<li>{escape(i)}</li>' for i in self.items)}</{tag}>"


@dataclass(frozen=True)
class Note:
    """What a reader must bear in mind, or why a part is missing; `detail` is a message in English."""

    text: str
    words: Words = field(repr=False)
    detail: str = ""

    def _repr_html_(self) -> str:
        detail = f'<br><bdi lang="en" dir="ltr">{escape(self.detail)}</bdi>' if self.detail else ""
        return f'<p class="note" {attributes(self.words)}>{escape(self.text)}{detail}</p>'


@dataclass(frozen=True)
class Table:
    """A table whose cells are the texts to show; `folded` puts it behind its caption."""

    frame: pd.DataFrame
    caption: str
    words: Words = field(repr=False)
    folded: bool = False
    text_columns: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        head = "".join(self._cell("th", str(c), c, ' scope="col"') for c in self.frame.columns)
        rows = self.frame.astype(str).to_numpy().tolist()
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in rows)
        place = attributes(self.words)
        caption = "" if self.folded else f"<caption>{escape(self.caption)}</caption>"
        table = (
            f'<div class="table" {place}><table {place}>{caption}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )
        if not self.folded:
            return table
        return f"<details {place}><summary>{escape(self.caption)}</summary>{table}</details>"

    def _row(self, row: Sequence[str]) -> str:
        cells = zip(row, self.frame.columns, strict=True)
        return "".join(self._cell("td", text, column) for text, column in cells)

    def _cell(self, tag: str, text: str, column: Any, more: str = "") -> str:
        kind = "text" if str(column) in self.text_columns else "number"
        return f'<{tag} class="{kind}"{more}>{escape(text)}</{tag}>'


@dataclass(frozen=True)
class Figure:
    """A picture (Axes or matplotlib figure) with what it shows in words."""

    picture: Any = field(repr=False)
    alt: str
    caption: str
    words: Words = field(repr=False)

    def _repr_html_(self) -> str:
        return figure_html(self.picture, self.alt, self.caption, words=self.words)


@dataclass(frozen=True)
class Chapter:
    """The blocks of one chapter in reading order, under its title; nothing at all where there are no blocks."""

    name: str
    blocks: tuple[Any, ...]
    words: Words = field(repr=False)
    title: str = ""

    def _repr_html_(self) -> str:
        if not self.blocks:
            return ""
        heading = Heading(self.title, self.words, level=2)._repr_html_() + "\n" if self.title else ""
        inner = heading + "\n".join(block._repr_html_() for block in self.blocks)
        return f'<section class="chapter {escape(self.name)}" {attributes(self.words)}>\n{inner}\n</section>'


def png(picture: Any) -> bytes:
    """A picture (Axes or figure) as a PNG; the same picture gives the same bytes."""
    figure = picture.get_figure(root=True) if hasattr(picture, "get_figure") else picture
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=RESOLUTION, metadata={"Software": None})
    return buffer.getvalue()


def figure_html(picture: Any, alt: str, caption: str = "", *, words: Words) -> str:
    """A picture as a `<figure>` that carries its own bytes and its description.

    Parameters
    ----------
    picture : Axes or Figure
        What to show.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        Text under it; none where empty.
    words : Words
        The language.

    Returns
    -------
    str
    """
    figure = picture.get_figure(root=True) if hasattr(picture, "get_figure") else picture
    data = base64.b64encode(png(picture)).decode("ascii")
    width = round(figure.get_size_inches()[0] * 100)
    image = f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}" width="{width}">'
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure {attributes(words)}>{image}{text}</figure>"
