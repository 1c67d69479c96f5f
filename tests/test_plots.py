"""Pictures: right numbers in the right place, in either direction, whatever a user's labels hold."""

import io
import itertools
import math
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab import plots
from cemlab.languages import Words
from cemlab.plots.axes import digits_for, interval_text, own_digits

EN, FA = Words("en"), Words("fa")
BOTH = pytest.mark.parametrize("words", [EN, FA], ids=["en", "fa"])
NASTY = ["$x_1$ price $5", "", "a" * 300, "<b>&amp;</b>", "پاسخ‌گویی به Wi-Fi (۵ GHz)", "two\nlines", "\\frac{1}{2} %"]


def drawn(ax) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing glyph or a collapsed layout is a warning
        buffer = io.BytesIO()
        ax.get_figure(root=True).savefig(buffer, format="png", dpi=60)
    return buffer.getvalue()


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


# truth
@BOTH
def test_points_lie_where_the_numbers_are(words: Words) -> None:
    ax = plots.new_axes(words=words)
    plots.intervals(ax, ["a", "b"], [1.5, -2.0], [1.0, -3.0], [2.0, -1.0], words=words, axis_label="x")
    assert ax.collections[1].get_offsets().tolist() == [[1.5, 0.0], [-2.0, 1.0]]
    assert [s[:, 0].tolist() for s in ax.collections[0].get_segments()] == [[1.0, 2.0], [-3.0, -1.0]]


def test_difference_is_end_minus_start() -> None:
    ax = plots.new_axes(words=EN)
    plots.dumbbells(ax, ["a", "b"], [6.0, 4.0], [4.5, 4.2], words=EN, start_label="E", end_label="P", axis_label="x")
    assert texts(ax) == ["\u22121.50", "+0.20", "Difference"]


def test_numbers_among_labels_are_in_the_digits_of_the_language() -> None:
    persian = Words("fa")
    assert own_digits(persian, "2024-01") == persian.isolate("۲۰۲۴-۰۱")
    assert own_digits(persian, own_digits(persian, "7")) == own_digits(persian, "7")
    assert own_digits(persian, "2024: سرعت") == "۲۰۲۴: سرعت"
    assert own_digits(persian, "SA111") == "SA111"
    assert own_digits(Words("en"), "2024") == "2024"


def test_heatmap_mirrors_its_columns_only_in_persian() -> None:
    frame = pd.DataFrame([[0.1, 0.9]], index=["row"], columns=["first", "second"])
    shown = {}
    for words in (EN, FA):
        ax = plots.new_axes(words=words)
        plots.heatmap(ax, frame, words=words, row_label="r", column_label="c")
        shown[words.language] = [label.get_text().strip("\u200f") for label in ax.get_xticklabels()]
    assert shown == {"en": ["first", "second"], "fa": ["second", "first"]}


# invariants
@BOTH
@pytest.mark.parametrize("label", NASTY)
def test_users_text_is_shown_as_it_is(words: Words, label: str) -> None:
    ax = plots.new_axes(words=words)
    plots.bars(ax, [label, "other"], [0.25, math.nan], words=words, axis_label=label, value_format="percent")
    plots.finish(ax, words=words, title=label, caption=label)
    assert drawn(ax)
    shown = ax.get_yticklabels()[0]
    assert not shown.get_parse_math()
    if "$" in label:
        assert label in shown.get_text()


@BOTH
def test_everything_missing_or_nothing_at_all_still_draws(words: Words) -> None:
    for labels, values in ((["a"], [math.nan]), ([], [])):
        ax = plots.new_axes(words=words)
        plots.intervals(ax, labels, values, values, values, words=words, axis_label="x", reference=0)
        assert drawn(ax)


def test_persian_stands_right_with_persian_digits() -> None:
    ax = plots.new_axes(words=FA)
    plots.intervals(ax, ["یک"], [-1.25], [-1.5], [-1.0], words=FA, axis_label="امتیاز")
    plots.finish(ax, words=FA, title="عنوان", caption="شرح")
    drawn(ax)
    assert ax.yaxis.get_ticks_position() == "right"
    ticks = "".join(label.get_text() for label in ax.get_xticklabels())
    assert not set("0123456789") & set(ticks + "".join(texts(ax)))
    assert "−۱٫۲۵" in texts(ax)[0]
    assert all(label.get_text().startswith("\u200f") for label in ax.get_yticklabels())


def test_legend_reads_from_the_right_in_persian() -> None:
    ax = plots.new_axes(words=FA)
    plots.lines(ax, [1, 2], {"الف": [1, 2], "ب": [2, 1]}, words=FA, x_label="x", y_label="y")
    shown = [text.get_text().strip("\u200f") for text in ax.get_legend().get_texts()]
    assert shown == ["ب", "الف"]  # columns run from the left, so the first series stands at the right
    ax = plots.new_axes(words=FA)
    plots.bars(ax, ["الف"], [1.0], words=FA, axis_label="x")
    assert ax.xaxis_inverted()


@BOTH
def test_labels_never_overlap(words: Words) -> None:
    labels = [f"{number} " + "پرسشی بسیار بلند درباره‌ی کیفیت خدمت " * 4 for number in range(15)]
    ax = plots.new_axes(words=words)
    plots.bars(ax, labels, np.ones(15), words=words, axis_label="x")
    drawn(ax)
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(upper.y0 >= lower.y1 - 2 for upper, lower in itertools.pairwise(boxes))


def test_a_kind_keeps_its_colour_from_picture_to_picture() -> None:
    colours = []
    for kinds in (["yes", "no"], ["opposite", "no"]):
        ax = plots.new_axes(words=EN)
        plots.intervals(
            ax, ["a", "b"], [1, 2], [0, 1], [2, 3], words=EN, axis_label="x", hues=kinds,
            hue_order=["yes", "no", "opposite"],
        )  # fmt: skip
        handles, labels = ax.get_legend_handles_labels()
        colours.append(dict(zip(labels, (tuple(h.get_facecolor()[0]) for h in handles), strict=True)))
    assert colours[0]["no"] == colours[1]["no"]
    assert colours[0]["yes"] != colours[1]["opposite"]


def test_few_rows_make_a_low_picture() -> None:
    heights = []
    for rows in (2, 8):
        ax = plots.new_axes(words=EN)
        plots.intervals(ax, list("abcdefgh")[:rows], [1.0] * rows, [0.0] * rows, [2.0] * rows, words=EN, axis_label="x")
        plots.finish(ax, words=EN, title="")
        heights.append(float(ax.get_figure(root=True).get_size_inches()[1]))
    assert heights[0] < 2.0
    assert heights[1] - heights[0] == pytest.approx(6 * 0.39, abs=0.01)


def test_axes_of_ones_own_keep_their_size() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3, 3))
    ax = plots.new_axes(figure.subplots(), words=EN)
    plots.bars(ax, list("abcdefghijkl"), range(12), words=EN, axis_label="x")
    plots.finish(ax, words=EN, title="title", caption="n = 12")
    assert figure.get_size_inches().tolist() == [3, 3]
    assert ax.get_title(loc="left") == "title\nn = 12"


def test_no_pyplot_figures_are_left_behind() -> None:
    test_heatmap_mirrors_its_columns_only_in_persian()
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_three_figures_of_the_largest_value_are_shown(values: list[float]) -> None:
    largest = max(abs(value) for value in values)
    assert digits_for(values) == (0 if largest >= 100 else 1 if largest >= 10 else 2)


def test_interval_is_one_isolated_piece_and_has_no_minus_zero() -> None:
    assert interval_text(EN, -0.001, -0.2, 0.2, 2) == "0.00 [\u22120.20, 0.20]"
    text = interval_text(FA, -1.2, -1.5, -0.9, 1)
    assert (text[0], text[-1]) == ("\u2066", "\u2069")
    assert text.count("\u2066") == 1
