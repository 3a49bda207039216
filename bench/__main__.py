"""Measures duende against the first version, and puts the table into the README.

    python -m bench            measure (some five minutes), print the table, keep the numbers
    python -m bench --quick    a try of a minute, which keeps nothing
    python -m bench --readme   put the table of the numbers kept into README.md

Measuring needs some 3 GB of free memory, and a machine on which nothing else runs.
"""

import argparse
import sys
from pathlib import Path

from bench import record, table

README = Path(__file__).resolve().parents[1] / "README.md"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a smoke run, which keeps nothing")
    parser.add_argument(
        "--readme", action="store_true", help="only put the table of bench/results.json into README"
    )
    asked = parser.parse_args()
    if asked.readme:
        put_into_readme()
        return

    from bench.measure import DEFAULT, QUICK, measure

    results = measure(QUICK if asked.quick else DEFAULT, quick=asked.quick)
    if not asked.quick:
        record.RESULTS.write_text(results.as_json(), encoding="utf-8")
    print(table.render(results))


def put_into_readme() -> None:
    """Replace what stands between the marks in README.md by the table of bench/results.json."""
    if not record.RESULTS.is_file():
        sys.exit("There is no bench/results.json: run `python -m bench` first.")
    results = record.read(record.RESULTS.read_text(encoding="utf-8"))
    try:
        page = table.put(README.read_text(encoding="utf-8"), table.render(results))
    except ValueError as error:
        sys.exit(str(error))
    README.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
