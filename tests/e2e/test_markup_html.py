# SPDX-License-Identifier: MIT
"""Games' text as HTML and as JSON, read by parsers that are not ours: whatever strangers write, there
are only our own elements with our own attributes, and the text is what it is elsewhere."""
import json
import re
import subprocess
from html.parser import HTMLParser

import pytest
from conftest import BINARY, ROOT

PROGRAM = BINARY.parent / "tests/unit/proto/markup_page"
CORPUS = sorted((ROOT / "tests/fuzz/corpus/markup").iterdir())
DIALECTS = re.findall(r"^DIALECT\(\w+,\s*(\w+)", (ROOT / "src/tables/dialects.tbl").read_text(), re.M)
CLASS = re.compile(r"[cb](\d|1[0-5])|bold|dim|italic|underline|blink|inverse|conceal|strike")
COLOUR = r"(background-)?color:#[0-9a-f]{6}"
ATTRIBUTES = {
    "span": {"class": lambda v: all(CLASS.fullmatch(c) for c in v.split()),
             "style": lambda v: re.fullmatch(rf"{COLOUR}(;{COLOUR})?", v)},
    "a": {"class": lambda v: v == "link", "target": lambda v: v == "_blank",
          "rel": lambda v: v == "noopener noreferrer",
          "href": lambda v: re.match(r"https?://", v, re.I), "title": lambda v: True},
    "button": {"class": lambda v: v == "cmd", "type": lambda v: v == "button",
               "data-cmd": lambda v: v and "\n" not in v, "title": lambda v: True},
}
NEEDED = {"span": set(), "a": {"rel", "href"}, "button": {"type", "data-cmd"}}
HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\u2028\u2029]")


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.tags = [], "", set()

    def handle_starttag(self, tag, attrs):
        assert tag in ATTRIBUTES, tag
        assert tag not in self.open and not (tag != "span" and self.open), (tag, self.open)
        for name, value in attrs:
            assert name in ATTRIBUTES[tag] and ATTRIBUTES[tag][name](value), (tag, name, value)
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)) and NEEDED[tag] <= set(names), attrs
        self.open.append(tag)
        self.tags.add(tag)

    def handle_startendtag(self, tag, attrs):
        raise AssertionError(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag

    def handle_data(self, data):
        assert "\n" not in data or not self.open, "open at the end of a line"
        self.text += data

    def anything_else(self, data):
        raise AssertionError(data)

    handle_comment = handle_decl = handle_pi = unknown_decl = anything_else


def parsed(html):
    page = Page()
    page.feed(html)
    page.close()
    assert not page.open
    return page


def rendered(dialect, paths):
    run = subprocess.run([PROGRAM, dialect, *paths], capture_output=True, check=True, timeout=60)
    parts = run.stdout.decode().split("\0")
    assert len(parts) == 4 * len(paths) + 1
    return [parts[i:i + 4] for i in range(0, len(parts) - 1, 4)]


def text_of(line):
    if isinstance(line, str):
        return line
    return "".join(piece if isinstance(piece, str) else piece["t"] for piece in line)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_pages_have_nothing_but_our_own_elements_and_all_of_the_text(dialect):
    for path, (text, html, plain, spans) in zip(CORPUS, rendered(dialect, CORPUS)):
        page = parsed(html)
        assert page.text == text, path
        if "a" not in page.tags:  # else plain text says where they lead
            assert plain == HIDDEN.sub("", text), path
        assert "\n".join(text_of(line) for line in json.loads(spans)) == text, path


def test_elements_are_there_when_the_text_asks_for_them(tmp_path):
    text = tmp_path / "text"
    text.write_text("|rred|n |lc\"><b>|ltgo|le |luhttps://a.b/?c&d|ltsite|le |500|[#010203x")
    [(_, html, plain, _)] = rendered("evennia", [text])
    assert parsed(html).tags == {"span", "a", "button"}
    assert plain == "red go site (https://a.b/?c&d) x"


@pytest.mark.parametrize("html", [
    "<script>", "<span onclick='x'>a</span>", "<a class='link' href='javascript:x' rel=''>a</a>",
    "<span>a\n</span>", "<span>", "<!-- x -->", "<button class='cmd'>a</button>"])
def test_the_check_of_pages_can_fail(html):
    with pytest.raises(AssertionError):
        parsed(html)
