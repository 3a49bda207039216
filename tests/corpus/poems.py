"""Poems of ours for the tests of the corpus, and ways to write them as others publish them."""

import csv
import io
import json
from pathlib import Path

LOW_TIDE = """The tide went out and left the boats asleep,
each leaning on the shadow of its mast,
and all the things the water meant to keep
lay shining there, and none of them would last.

A boy came down with nothing in his hands
and walked among the anchors and the rope;
he wrote a word for someone on the sands
and climbed again the long grey stair of slope."""

KITCHEN = """My mother's kitchen had a yellow light
that waited up for us when we were late,
a kettle that complained about the night,
a clock that ate the minutes off its plate.
Nobody lives there now. The light is out.
I pass it on my way to somewhere new
and hear the kettle start to sing about
the hour, and the rain, and me, and you."""

PATIO = """En el patio de la casa
se ha dormido la tarde,
con su falda de naranjas
y su collar de cobre.

Mi abuela riega despacio
las macetas del silencio
y cuenta con los dedos
los hijos que se fueron."""

PUERTO = """Los barcos vuelven al puerto
cuando la noche los nombra;
traen la red vacía, y traen
la luna rota en la proa.
Las mujeres, en el muelle,
cuentan las velas que asoman:
siempre hay una que no llega,
siempre hay una que se ahoga."""

ENGLISH = {"Low Tide": LOW_TIDE, "Kitchen": KITCHEN}
SPANISH = {"Patio": PATIO, "Puerto": PUERTO}


def poetry_foundation(poems: dict[str, str], poet: str = "Ann Other") -> str:
    """A table as Poetry Foundation's poems are on Kaggle."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(["", "Title", "Poem", "Poet", "Tags"])
    for number, (title, text) in enumerate(poems.items()):
        broken = "\r\r\n".join(["", *text.split("\n"), ""])
        indented = f"\r\r\n                    {title}\r\r\n                "
        table.writerow([number, indented, broken, poet, "Sea,Time" if number else ""])
    return out.getvalue()


def poemas_del_alma(poems: dict[str, str], author: str = "Ana Otra") -> str:
    """A table as the first version made one of poemas-del-alma.com."""
    out = io.StringIO(newline="")
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(["Title", "Poem", "Author"])
    for title, text in poems.items():
        table.writerow([title, "\n\r\n".join(text.split("\n")), author])
    return out.getvalue()


def jsonl(path: Path, poems: dict[str, str], **facts: object) -> Path:
    """Write poems as JSON lines."""
    rows = [{"title": title, "text": text, **facts} for title, text in poems.items()]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path
