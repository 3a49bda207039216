"""The page's own HTML: versions and sentences go in, escaped text in a few elements comes out.

Verses are never read as Markdown or HTML: whatever a line holds is shown as it is. The only script
is ours, and no text of a reader or of the model is ever in it.
"""

import re
from html import escape
from importlib.resources import files

from duende.page.link import Link
from duende.page.sheet import Version
from duende.page.words import Words
from duende.poem import Language, count_words


def style() -> str:
    """The style sheet, as an element."""
    return f"<style>{(files('duende.page') / 'style.css').read_text(encoding='utf-8')}</style>"


def script(lang: Language) -> str:
    """What only a script can do: say the page's language, and copy a poem."""
    code = (files("duende.page") / "page.js").read_text(encoding="utf-8")
    return f"<script>document.documentElement.lang = '{lang}';\n{code}</script>"


def heading() -> str:
    """The page's name."""
    return '<h1 class="name">duende</h1>'


def poem(
    version: Version,
    words: Words,
    *,
    name: str,
    writing: bool = False,
    measured: bool = False,
) -> str:
    """A version as far as it is written; `name` is its id in the page.

    With `measured`, what each line counts and how it rhymes stands in the margin.

    >>> from duende.page.client import Ask
    >>> from duende.page.words import words
    >>> version = Version(Ask("<b>", lang="en"), ["<b>", "*sun*"])
    >>> print(poem(version, words("en"), name="poem-1"))
    <div class="poem" id="poem-1" role="group" aria-label="The poem" lang="en"><div class="verse \
given">&lt;b&gt;</div><div class="verse">*sun*</div></div>
    """
    lines = version.text.split("\n") if version.text else []
    verses = []
    for number, line in enumerate(lines):
        kind = "verse given" if number == 0 else "verse"
        if writing and number == len(lines) - 1:
            kind += " new"
        margin = _margin(version, number, words) if measured else ""
        verses.append(f'<div class="{kind}">{margin}{escape(line) or "<br>"}</div>')
    busy = ' aria-busy="true"' if writing else ""
    lang = f' lang="{escape(version.lang)}"' if version.lang else ""
    mark = '<div class="pen" aria-hidden="true"></div>' if writing else ""
    return (
        f'<div class="poem" id="{name}" role="group" aria-label="{escape(words.poem)}"{busy}{lang}>'
        f"{''.join(verses)}{mark}</div>"
    )


def example(text: str) -> str:
    """An example of a form, as it stands."""
    return f'<div class="example">{escape(text)}</div>'


def as_label(line: str) -> str:
    """A verse as the label of a button, which would be read as Markdown.

    >>> print(as_label("*sol* :sun: [1]"))
    \\*sol\\* \\:sun\\: \\[1\\]
    """
    return re.sub(r"([\\`*_{}\[\]()#+\-.!$:~|<>])", r"\\\1", line)


def _margin(version: Version, number: int, words: Words) -> str:
    """What a line counts, the letter of its rhyme, and what it was let off."""
    assert version.poem is not None
    line = version.poem.report.lines[number]
    if not line.syllables:
        return ""
    let_off = ", ".join(words.let_off.get(each, each) for each in line.let_off)
    mark = "*" if let_off else ""
    told = f"{line.syllables} {line.rhyme}{mark}".strip()
    return f'<span class="margin" title="{escape(let_off)}">{escape(told)}</span>'


def colophon(version: Version, words: Words, *, stopped: bool = False) -> str:
    """In words: the language, the length, how it ended, and the seed."""
    told = []
    poem = version.poem
    if poem is not None:
        told.append(_language(version, words))
    told.append(words.counted(count_words(version.text)))
    told.append(_finish(version, words, stopped=stopped))
    told.append(f"{words.seed} {version.ask.seed}")
    sentences = " · ".join(filter(None, told))
    others = ""
    if poem is not None and not poem.report.alone:
        others = f'<p class="colophon">{escape(words.others)}</p>'
    return f'<p class="colophon">{escape(sentences)}</p>{others}'


def _language(version: Version, words: Words) -> str:
    poem = version.poem
    assert poem is not None
    lang = {"en": words.lang_en, "es": words.lang_es}[poem.lang]
    if not poem.lang_assumed:
        return lang
    if not poem.report.known_language:
        return words.lang_unknown.format(lang=lang)
    # Nobody is ever all sure.
    certainty = min(99, round(100 * poem.report.lang_certainty))
    return words.lang_assumed.format(lang=lang, certainty=certainty)


def _finish(version: Version, words: Words, *, stopped: bool) -> str:
    if version.poem is None:
        return words.stopped if stopped else words.unfinished
    ends = {
        "complete": words.complete,
        "length": words.length_reached,
        "stopped": words.stopped,
        "deadline": words.deadline,
    }
    return ends.get(version.poem.finish, "")


def copy_and_link(version: Version, words: Words, *, name: str, ui: str) -> str:
    """A button that copies the poem called `name`, and a link that writes it again."""
    ask = version.ask
    more = {"ui": ui} if ui else {}
    address = Link(ask).query(**more)
    return (
        f'<div class="tools"><button type="button" class="copy" data-poem="{name}" '
        f'data-copied="{escape(words.copied)}" aria-live="polite">{escape(words.copy)}</button>'
        f'<a class="link" href="{escape(address)}" title="{escape(words.link_help)}" '
        f'target="_blank" rel="noopener">{escape(words.link)}</a></div>'
    )


def notice(sentence: str) -> str:
    """What went wrong, told so that a screen reader says it at once."""
    return f'<p class="notice" role="alert">{escape(sentence)}</p>'


def small(text: str, *, kind: str) -> str:
    """A small text: a label, or the foot of the page."""
    return f'<p class="{kind}">{escape(text)}</p>'
