"""A folder of one's own poems in, entries out: a .txt or .md file each, front matter or none.

Knows nothing of other formats. Links that lead out of the folder are not followed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from duende.corpus.entry import Complain, Entry, Problem
from duende.corpus.readers import columns
from duende.corpus.readers.files import read_text
from duende.errors import SourceError

SUFFIXES = (".txt", ".md")
# A poem of a thousand lines has 50 kB; a file twenty times that is a log or a whole book.
LARGEST = 1_000_000

# A title, or a line of front matter; what is longer is cut, so that no file takes long.
LONGEST_FIELD = 500

_FENCE = re.compile(r"^---\s*$")
_FIELD = re.compile(r"^(?P<name>[^\W\d][\w ]*?)\s*:(?:\s+(?P<value>.*?))?\s*$")
_ITEM = re.compile(r"^\s*-\s+(?P<value>.+?)\s*$")
_TITLE = re.compile(r"^#\s+(?P<title>\S.*?)\s*#*\s*$")


def read(path: Path, complain: Complain) -> Iterator[Entry]:
    r"""Yield the poems of a folder and those in it, in the order of their names; or of one file.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "agua.txt").write_text("---\nautor: Nadie\nidioma: es\n---\nCanta el agua.\n")
    >>> [(poem.title, poem.author, poem.lang, poem.text) for poem in read(folder, print)]
    [('agua', 'Nadie', 'es', 'Canta el agua.')]
    """
    if path.is_file():
        files, top = [path], path.parent
    elif path.is_dir():
        files, top = list(_files(path, complain)), path
        if not files:
            raise SourceError(f"{path} holds no poem: no {' or '.join(SUFFIXES)} file.")
    else:
        raise SourceError(f"{path} does not exist: give a folder of poems, or a .txt or .md file.")
    for file in files:
        place = file.relative_to(top).as_posix()
        try:
            text = read_text(file, most=LARGEST)
        except SourceError as error:
            complain(Problem(place, 0, str(error)))
            continue
        except OSError as error:
            complain(Problem(place, 0, f"it cannot be read: {error.strerror or error}"))
            continue
        if text.strip():
            named = file.relative_to(top)
            packed = named.suffix.lower() == ".gz"
            yield poem(text, named.with_suffix("") if packed else named, place=place)
        else:
            complain(Problem(place, 0, "it is empty"))


def poem(text: str, path: Path, *, place: str) -> Entry:
    r"""Make an entry of a file's text; `path` is the file's, from the given folder on.

    >>> poem("# Lluvia\n\nLlueve.\n", Path("Ada Loam/01_rain.md"), place="x").author
    'Ada Loam'
    >>> poem("Llueve.", Path("la_lluvia-de-abril.txt"), place="x").title
    'la lluvia de abril'
    """
    fields, body, line = _front_matter(text)
    lines = body.split("\n")
    while lines and not lines[0].strip():
        line += 1
        lines.pop(0)
    title = columns.words(fields.get("title"))
    marked = _TITLE.match(lines[0][:LONGEST_FIELD]) if lines else None
    if marked and len(lines) > 1 and not lines[1].strip():
        title = title or marked["title"]
        rest = next((i for i, each in enumerate(lines[1:], 1) if each.strip()), len(lines))
        lines, line = lines[rest:], line + rest
    author = columns.words(fields.get("author"))
    return Entry(
        "\n".join(lines).rstrip(),
        lang=columns.language(columns.words(fields.get("lang"))),
        title=columns.words(title or _in_words(path.stem)),
        author=author or (columns.words(path.parent.name) if path.parent != Path() else ""),
        author_death_year=columns.death_year(fields.get("author_death_year")),
        form=columns.words(fields.get("form")),
        tags=columns.tags(fields.get("tags")),
        source=columns.words(fields.get("source")),
        place=f"{place}:{line}",
        licence=columns.words(fields.get("licence")),
    )


def _front_matter(text: str) -> tuple[dict[str, str | list[str]], str, int]:
    """The fields between two `---` lines at the top, the rest, and the line where that begins.

    Text that opens with `---` and has no fields there, or no closing line, is a poem with a rule.
    """
    lines = re.split(r"\r\n?|\n", text)
    whole = "\n".join(lines)
    if not _FENCE.match(lines[0]):
        return {}, whole, 1
    end = next((i for i, line in enumerate(lines[1:], 1) if _FENCE.match(line)), None)
    if end is None:
        return {}, whole, 1
    fields: dict[str, str | list[str]] = {}
    last = ""
    for line in (each[:LONGEST_FIELD] for each in lines[1:end]):
        item, field = _ITEM.match(line), _FIELD.match(line)
        if item and last:
            before = fields.get(last)
            fields[last] = [*(before if isinstance(before, list) else []), _bare(item["value"])]
        elif field:
            last = _NAMES.get(columns.key(field["name"]), "")
            if last:
                fields[last] = _bare(field["value"] or "")
        elif line.strip() and not line.lstrip().startswith("#"):
            return {}, whole, 1
    return fields, "\n".join(lines[end + 1 :]), end + 2


# The names that front matter knows are those of tables, in both languages.
_NAMES = {
    columns.key(known): name
    for name, each in columns.KNOWN.items()
    if name not in ("text", "id", "place")
    for known in each
}


def _bare(value: str) -> str:
    """A value without the quotes around it."""
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _in_words(stem: str) -> str:
    """A file's name as a title: no underscores, no number that only orders the files."""
    words = re.sub(r"^\d+\s*[-_.)]\s*(?=[^\W\d])", "", stem)
    words = words if " " in words else re.sub(r"[-_]+", " ", words)
    return " ".join(words.replace("_", " ").split()) or stem


def _files(folder: Path, complain: Complain) -> Iterator[Path]:
    """The poems in a folder, sorted; nothing hidden, nothing that a link leads out of it to."""
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        complain(Problem(folder.name, 0, f"the folder cannot be read: {error.strerror or error}"))
        return
    for each in inside:
        if each.name.startswith("."):
            continue
        try:
            if each.is_symlink() and not _leads_within(each, folder):
                complain(Problem(each.name, 0, "a link that leads elsewhere was not followed"))
            elif each.is_dir():
                yield from _files(each, complain)
            elif each.is_file() and each.suffix.lower() in SUFFIXES:
                yield each
        except OSError as error:
            complain(Problem(each.name, 0, f"it cannot be read: {error.strerror or error}"))


def _leads_within(link: Path, folder: Path) -> bool:
    """Whether a link leads to a file beside it; folders are never reached by links."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # it leads nowhere, or in circles
        return False
    return target.is_file() and target.is_relative_to(folder.resolve())
