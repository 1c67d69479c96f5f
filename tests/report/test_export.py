"""A page stands alone, in one direction, without scripts."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cemlab.languages import Words
from cemlab.report.export import export_html
from cemlab.report.notebooks import tidy

PICTURE = new_output(
    "display_data", data={"image/png": "QUJD"}, metadata={"image/png": {"alt": 'Gap < "zero"'}}
)  # fmt: skip


class Reader(HTMLParser):
    """Collects tags, attributes and the text outside of styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] and self.tags[-1][0] != "style":
            self.text += data

    def named(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


def html_output(html: str):
    return new_output("display_data", data={"text/html": html, "text/plain": "x"})


def page(*outputs, language: str = "en", title: str = "A title", cells=()) -> str:
    code = new_code_cell("secret_source = 1", outputs=list(outputs))
    return export_html(new_notebook(cells=[*cells, code]), title=title, words=Words(language), made="made now")


# truth


def test_direction_language_title_and_alt() -> None:
    read = Reader(page(PICTURE, language="fa", title="</title><script>alert(1)</script>"))
    assert read.named("html") == [{"lang": "fa", "dir": "rtl"}]
    assert [image["alt"] for image in read.named("img")] == ['Gap < "zero"']
    assert not read.named("script")
    assert "</title><script>alert(1)</script>" in read.text


def test_contents_link_to_headings() -> None:
    headings = new_markdown_cell("# Top\n\n## One & two\n\n### Three")
    read = Reader(page(html_output('<h2 id="section-1" class="x">Four</h2>'), cells=[headings]))
    links = [attributes["href"] for attributes in read.named("a")]
    assert links == ["#section-1", "#section-2", "#section-3"]
    ids = [a["id"] for tag in ("h2", "h3") for a in read.named(tag)]
    assert sorted(ids) == ["section-1", "section-2", "section-3"]
    assert read.text.count("One & two") == 2


# invariants


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC='http://x/y.js'>",
        "<iframe src='http://x'></iframe>",
        "<link rel=stylesheet href=http://x>",
        "<base href='http://x'>",
        "<meta http-equiv=refresh content='0;url=http://x'>",
        "<object data=x></object><embed src=x>",
        "<script>a</script\n><script>b</script>",
    ],
)
def test_active_content_is_taken_out(html: str) -> None:
    read = Reader(page(html_output(f"<p>before</p>{html}<p>after</p>")))
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"script", "iframe", "link", "base", "object", "embed"}
    assert [a.get("http-equiv") for a in read.named("meta")].count("Content-Security-Policy") == 1
    assert len(read.named("meta")) == 4
    assert "before" in read.text
    assert "after" in read.text


def test_policy_forbids_scripts_and_loading() -> None:
    (policy,) = [a["content"] for a in Reader(page()).named("meta") if "http-equiv" in a]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy  # falls back to none


def test_page_is_self_contained() -> None:
    text = page(PICTURE)
    assert "url(" in text
    assert text.count("url(") == text.count("url(data:")
    assert not [a for _, a in Reader(text).tags if str(a.get("src", "data:"))[:5] != "data:"]


def test_code_notes_and_messages_are_left_out() -> None:
    note = new_markdown_cell("for authors only", metadata={"tags": ["note"]})
    message = new_output("stream", name="stderr", text="a warning")
    text = page(message, new_output("stream", name="stdout", text="shown"), cells=[note])
    assert "shown" in text
    assert not any(hidden in text for hidden in ("secret_source", "for authors only", "a warning"))


def test_tidy_hides_paths_defaults_and_the_run() -> None:
    default = new_code_cell('organization = "another"', metadata={"tags": ["parameters"]})
    given = new_code_cell('# Parameters\nstudy = "/secret/place"\n', metadata={"tags": ["injected-parameters"]})
    given.metadata["papermill"] = {"duration": 1}
    output = new_output("display_data", data={"text/html": "<p>/secret/place/x.csv</p>", "text/plain": ""})
    notebook = new_notebook(cells=[default, given, new_code_cell("1", outputs=[output])])
    notebook.metadata["papermill"] = {"input_path": "/secret"}
    text = str(tidy(notebook, {"/secret/place": "my-study"}))
    assert "my-study/x.csv" in text
    assert not any(word in text for word in ("secret", "another", "papermill", "injected"))
    assert "/secret/place" in str(notebook), "the input is not changed"
