"""The per-poem steps, in order, as one pure function over a batch: any engine may run it.

A table of entries as they were read goes in; a table of the same length comes out, with each entry
repaired, its language, its reason if it is left out, and the marks by which duplicates are found.
"""

from dataclasses import replace
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from duende.corpus import authors, duplicates, forms, languages, tables
from duende.corpus.comparing import plain
from duende.corpus.entry import Entry
from duende.corpus.paratext import cut
from duende.corpus.repair import repair
from duende.corpus.rules import reason_to_drop

LONGEST_TEXT = 20_000
"""Characters; 600 words have some 4,000. What is longer is cut here and left out."""
NOT_PUBLIC = "author not known to be in the public domain"


def prepare(table: pa.Table, *, public_domain_in: int | None = None) -> pa.Table:
    """Run every per-poem step over a table of entries.

    `public_domain_in` is the year in which authors must be in the public domain, None for any.

    >>> from duende.corpus.entry import Entry
    >>> text = "The tide has gone,\\nthe boat leans over\\nits own long shadow\\non the sand."
    >>> prepare(tables.to_table([Entry(text), Entry("Bajo el sol")]))["reason"].to_pylist()
    ['', 'too few lines']
    """
    rows = [_row(entry, public_domain_in) for entry in tables.to_entries(table)]
    texts = [plain(row["text"]) if not row["reason"] else "" for row in rows]
    signatures = duplicates.signatures(texts)
    for row, text, signature in zip(rows, texts, signatures, strict=True):
        row["same_words"] = blake2b(text.encode(), digest_size=16).digest()
        row["signature"] = signature
    return pa.Table.from_pylist(rows, schema=tables.PREPARED)


def _row(found: Entry, public_domain_in: int | None) -> dict[str, Any]:
    if len(found.text) > LONGEST_TEXT:  # before steps that take long over it
        found = replace(found, text=found.text[:LONGEST_TEXT])
        entry = found
        reason: str | None = "too many words"
    else:
        entry = cut(repair(found))
        reason = reason_to_drop(entry)
    died = entry.author_death_year or authors.death_year(entry.author)
    foreign = 0
    if reason is None:
        entry, foreign, reason = languages.judge(entry)
    if reason is None and public_domain_in is not None:
        public = authors.in_public_domain(entry.author, died, year=public_domain_in)
        reason = None if public else NOT_PUBLIC
    return {
        **{name: getattr(entry, name) for name in tables.ENTRY.names},
        "author_death_year": died,
        "form": entry.form or forms.named(entry.title, entry.tags, lang=entry.lang),
        "id": blake2b(f"{entry.lang}\n{entry.text}".encode(), digest_size=8).hexdigest(),
        "period": authors.period(died),
        "words": len(entry.text.split()),
        "lines": len(entry.verses),
        "words_read": len(found.text.split()),
        "lines_read": len(found.verses),
        "foreign_lines": foreign,
        "reason": reason or "",
    }
