"""The data card: what the corpus is, in words, for people and for the Hugging Face hub."""

from typing import Any


def card(manifest: dict[str, Any]) -> str:
    """Write the card of a corpus from its manifest, as Markdown with the hub's front matter."""
    poems, splits = manifest["poems"], manifest["splits"]
    total = sum(poems.values())
    dropped = {reason: sum(langs.values()) for reason, langs in manifest["dropped"].items()}
    read = sum(manifest["read"].values())
    size = next(
        name
        for limit, name in (
            (1e3, "n<1K"),
            (1e4, "1K<n<10K"),
            (1e5, "10K<n<100K"),
            (1e9, "100K<n<1B"),
        )
        if total < limit
    )
    lines = [
        "---",
        "language:",
        *(f"- {lang}" for lang in poems if poems[lang]),
        "task_categories:",
        "- text-generation",
        f"size_categories:\n- {size}",
        "configs:",
        "- config_name: default",
        "  data_files:",
        *(line for part in splits for line in (f"  - split: {part}", f"    path: {part}.parquet")),
        "---",
        "",
        "# A corpus of poems",
        "",
        f"{poems['en']:,} poems in English and {poems['es']:,} in Spanish, by "
        f"{manifest['authors']['en']:,} and {manifest['authors']['es']:,} authors: {total:,} kept of "
        f"{read:,} read. Built by `duende build`; the same sources give the same bytes.",
        "",
        "## Splits",
        "",
        "No author is in two splits: an author's split is a hash of the name. A language of fewer than",
        "ten authors is all for training.",
        "",
        "| split | English | Spanish |",
        "| --- | ---: | ---: |",
        *(f"| {part} | {counts['en']:,} | {counts['es']:,} |" for part, counts in splits.items()),
        "",
        "## What was left out, and why",
        "",
        "Each of these is in `dropped.parquet` with its reason.",
        "",
        "| reason | poems |",
        "| --- | ---: |",
        *(
            f"| {reason} | {dropped[reason]:,} |"
            for reason in sorted(dropped, key=lambda r: -dropped[r])
        ),
        "",
        "## What was mended",
        "",
        "`repairs` names what was done to each poem; lines that were cut are in `removed`.",
        "",
        "| mend | poems |",
        "| --- | ---: |",
        *(f"| {name} | {count:,} |" for name, count in manifest["repairs"].items()),
        "",
        "Case, accents, stop words and spelling are as they were.",
        "",
        "## Sources and rights",
        "",
        "Each poem is its author's, or in the public domain; `licence` and `place` say for each poem",
        "what its source says. Who publishes this corpus answers for it.",
        "",
        "| source | licence as stated there | poems kept |",
        "| --- | --- | ---: |",
        *(
            f"| {_cell(origin['name'])} | {_cell(origin['licence']) or 'not stated'} | {origin['kept']:,} |"
            for origin in _largest(manifest["origins"])
        ),
        "",
    ]
    if manifest["public_domain_in"]:
        lines += [
            f"Only authors who had been dead for 80 full years in {manifest['public_domain_in']}, by the",
            "table of authors, were kept.",
            "",
        ]
    if manifest["problems"]["count"]:
        lines += [
            "## What could not be read",
            "",
            f"{manifest['problems']['count']:,} places; the first:",
            "",
            *(f"- {_cell(problem)}" for problem in manifest["problems"]["first"][:20]),
            "",
        ]
    lines += [
        "## Columns",
        "",
        "`id` (a hash of language and text), `lang`, `title`, `author`, `author_death_year`, `period`",
        "(by the year of death), `text` (a line a verse, an empty line between stanzas), `form` and",
        "`tags` (where the source says), `source`, `place`, `licence`, `repairs`, `removed`, `words`,",
        "`lines`, `words_read` and `lines_read` (before the mending), `foreign_lines`.",
        "",
    ]
    return "\n".join(lines)


def _largest(origins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The forty largest; poem-by-poem licences would fill pages."""
    return sorted(origins, key=lambda origin: (-origin["kept"], origin["name"]))[:40]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
