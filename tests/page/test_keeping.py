"""What a reader takes away: links that come back, files that say what was written, safe HTML."""

from html.parser import HTMLParser
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from duende.page import files, markup
from duende.page.client import Ask, poem_of
from duende.page.link import LANGUAGES, LENGTHS, MOODS, SEEDS, Link, read
from duende.page.sheet import Sheet, Version
from duende.page.words import words

HOSTILE = [
    "<b>bold</b>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "*x* _y_ `z` ~~w~~ ==v== $a$ ^b^",
    "# not a title",
    "1. not a list",
    "12) nor this",
    "- nor this",
    "+ nor this",
    "> no quotation",
    "---",
    "===",
    "| a | b |",
    "[link](https://example.org) ![image](https://example.org/x.png)",
    "https://example.org www.example.org mailto:a@example.org a@example.org",
    "<https://example.org>",
    "&amp; &lt; &copy;",
    "a\\",
    "a\\*b",
    "    four blanks",
    "\ttab",
    ":smile: ::: note",
    "¿Quién? «Nadie» — ñ",
    "{{ braces }} {% tag %}",
]

verses = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=60
).filter(lambda text: text.strip() == text)
links = st.builds(
    Link,
    st.builds(
        Ask,
        verses,
        lang=st.sampled_from(LANGUAGES),
        max_words=st.sampled_from([*LENGTHS.values()]),
        temperature=st.sampled_from([*MOODS.values()]),
        seed=st.integers(0, SEEDS - 1),
        voice=st.sampled_from(["default", "base"]),
    ),
    versions=st.sampled_from([1, 2, 3]),
)


@given(links)
def test_a_link_comes_back(link: Link) -> None:
    query = link.query(ui="es").removeprefix("?")
    parameters = {name: value[0] for name, value in parse_qs(query, strict_parsing=True).items()}
    assert parameters.pop("ui") == "es"
    assert parameters == link.parameters()
    assert read(parameters) == link


@pytest.mark.parametrize(
    ("odd", "found"),
    [
        ({"words": "-5"}, ("auto", 60, 1.0, 1, None)),
        ({"words": "nan"}, ("auto", 200, 1.0, 1, None)),
        ({"temperature": "inf"}, ("auto", 200, 1.0, 1, None)),
        ({"temperature": "9"}, ("auto", 200, 1.5, 1, None)),
        ({"versions": "99"}, ("auto", 200, 1.0, 3, None)),
        ({"versions": "0"}, ("auto", 200, 1.0, 1, None)),
        ({"lang": "fr"}, ("auto", 200, 1.0, 1, None)),
        ({"seed": "4294967296"}, ("auto", 200, 1.0, 1, None)),
        ({"seed": "9" * 5000}, ("auto", 200, 1.0, 1, None)),
        ({"seed": "²"}, ("auto", 200, 1.0, 1, None)),
        ({"seed": "٣"}, ("auto", 200, 1.0, 1, None)),
        ({"seed": ""}, ("auto", 200, 1.0, 1, None)),
        ({"seed": "0"}, ("auto", 200, 1.0, 1, 0)),
    ],
)
def test_a_link_written_by_hand_still_opens(odd: dict[str, str], found: object) -> None:
    link = read({"line": "sun", **odd})
    assert link is not None
    ask = link.ask
    assert (ask.lang, ask.max_words, ask.temperature, link.versions, ask.seed) == found


def test_a_sheet_knows_what_is_left_to_write() -> None:
    sheet = Sheet.of(Link(Ask("sun", seed=4), versions=2))
    assert sheet.writing
    sheet.stopped = True
    assert not sheet.writing
    sheet.resume()
    assert sheet.writing
    for version in sheet.versions:
        version.poem = poem_of({"text": "sun", "lang": "en"})
    assert not sheet.writing
    assert sheet.unwritten == []


def text_of(html: str) -> tuple[str, list[str]]:
    """The text of some HTML and the names of its tags."""
    texts, tags = [], []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            texts.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    Reader().feed(html)
    return "".join(texts), tags


@pytest.mark.parametrize("line", HOSTILE)
def test_markdown_shows_what_was_written(line: str) -> None:
    text = f"Sol\n{line}\nluz\n\n{line}\n{line}"
    markdown = files.as_markdown(
        text, Ask(line, seed=7), label="First line", seed="seed", voice="Voice"
    )
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    seen, tags = text_of(html)
    # No-break spaces stand for blanks that Markdown would swallow.
    plain = seen.replace("\xa0", " ").replace("\t", " ")
    lines = [each.rstrip() for each in plain.split("\n")]
    assert lines[:3] == ["Sol", line.replace("\t", " ").rstrip(), "luz"]
    assert tags == ["p", "br", "br", "p", "br", "hr", "p"]
    assert "seed: 7" in seen
    assert "Voice: default" in seen


@given(verses)
def test_any_line_survives_markdown(line: str) -> None:
    html = MarkdownIt("commonmark").render(files.escape(line))
    assert text_of(html)[0].strip().split() == line.split()


@pytest.mark.parametrize("line", HOSTILE)
def test_html_shows_what_was_written(line: str) -> None:
    version = Version(Ask(line, seed=7), [line, "", line])
    seen, tags = text_of(markup.poem(version, words("en"), name="poem-1"))
    assert seen == line + line
    assert tags == ["div", "div", "div", "br", "div"]
    seen, tags = text_of(markup.notice(line))
    assert (seen, tags) == (line, ["p"])
    seen, tags = text_of(markup.copy_and_link(version, words("en"), name="poem-1", ui=line))
    assert tags == ["div", "button", "a"]
    assert line not in seen


def test_the_script_holds_no_text_of_others() -> None:
    assert "document.documentElement.lang = 'es'" in markup.script("es")
    assert markup.script("es").count("</script>") == 1


@pytest.mark.parametrize(
    ("poem", "told"),
    [
        (
            {"lang": "es", "finish": "complete"},
            "español · 3 palabras · llegó a su fin · semilla 7",
        ),
        (
            {"lang": "es", "lang_assumed": True, "report": {"lang_certainty": 1.0}},
            "español, a juzgar por tu verso (99 % de certeza) · 3 palabras · "
            "llegó a su fin · semilla 7",
        ),
        (
            {
                "lang": "en",
                "lang_assumed": True,
                "finish": "length",
                "report": {"known_language": False, "alone": False},
            },
            "inglés, aunque tu verso no parece ni inglés ni español · 3 palabras · "
            "llegó a su medida · semilla 7"
            "Se escribían otros poemas a la vez: el enlace puede traer uno distinto.",
        ),
    ],
)
def test_the_colophon(poem: dict[str, object], told: str) -> None:
    version = Version(Ask("Bajo el sol", seed=7), poem=poem_of({"text": "Bajo el sol", **poem}))
    assert text_of(markup.colophon(version, words("es")))[0] == told


def test_the_colophon_of_what_is_not_done() -> None:
    version = Version(Ask("sun", seed=7), ["sun"])
    assert "one word · stopped" in markup.colophon(version, words("en"), stopped=True)
    assert "one word · unfinished" in markup.colophon(version, words("en"))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Bajo el sol", "bajo-el-sol.txt"),
        ("../../etc/passwd", "etc-passwd.txt"),
        ("☾", "duende.txt"),
        ("a" * 300, "a" * 40 + ".txt"),
        ("CON: <x>|*?", "con-x.txt"),
    ],
)
def test_file_names_that_any_system_takes(line: str, name: str) -> None:
    assert files.file_name(line, "txt") == name
