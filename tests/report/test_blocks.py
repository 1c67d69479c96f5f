"""Blocks: data that know their language; what users wrote is never markup."""

import base64
import re

import pandas as pd
import pytest

from cemlab import plots
from cemlab.languages import Words
from cemlab.report.blocks import Bullets, Chapter, Figure, Heading, Note, Paragraph, Table, png

EN, FA = Words("en"), Words("fa")
EVIL = "<script>alert('x')</script>"


def picture(words: Words):
    ax = plots.new_axes(words=words, size=(3, 2))
    return plots.lines(ax, [1, 2], {"a": [1, 2]}, words=words, x_label="x", y_label="y")


# truth
@pytest.mark.parametrize(("words", "place"), [(EN, 'lang="en" dir="ltr"'), (FA, 'lang="fa" dir="rtl"')])
def test_every_block_says_its_language_and_direction(words: Words, place: str) -> None:
    table = Table(pd.DataFrame({"a": ["1"]}), "caption", words)
    for block in (Heading("h", words), Paragraph("p", words), Bullets(("i",), words), Note("n", words), table):
        assert place in block._repr_html_()
    assert place in Figure(picture(words), "alt", "caption", words)._repr_html_()


def test_figure_carries_a_picture_and_its_description() -> None:
    html = Figure(picture(EN), 'The "alt"', "The caption", EN)._repr_html_()
    data = re.search(r'src="data:image/png;base64,([^"]+)"', html)
    assert data is not None
    assert base64.b64decode(data[1]).startswith(b"\x89PNG")
    assert 'alt="The &quot;alt&quot;"' in html
    assert "<figcaption>The caption</figcaption>" in html


def test_folded_table_stands_behind_its_caption() -> None:
    html = Table(pd.DataFrame({"a": ["1"]}), "Details", EN, folded=True)._repr_html_()
    assert html.startswith("<details")
    assert "<summary>Details</summary>" in html
    assert "<caption>" not in html


# invariants
def test_users_text_is_escaped_everywhere() -> None:
    table = Table(pd.DataFrame({EVIL: [EVIL]}), EVIL, EN)
    blocks = (
        Heading(EVIL, EN), Paragraph(EVIL, EN), Bullets((EVIL,), EN), Note(EVIL, EN, detail=EVIL), table,
        Figure(picture(EN), EVIL, EVIL, EN),
    )  # fmt: skip
    html = Chapter("any", blocks, EN)._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 10


def test_the_same_picture_has_the_same_bytes() -> None:
    assert png(picture(EN)) == png(picture(EN))
