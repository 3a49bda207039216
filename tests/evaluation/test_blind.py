"""A blind reading: nothing on the sheet says who wrote what, and the key does."""

from duende.evaluation.blind import key, pairs, sheet
from duende.evaluation.poems import Sample


def _by(name: str, count: int) -> list[Sample]:
    return [
        Sample(lang, f"Line {number}", (f"{name} wrote {number}",), seed=seed)  # type: ignore[arg-type]
        for seed in (1, 2)
        for lang in ("en", "es")
        for number in range(count)
    ]


def test_pairs_are_of_one_line_and_one_seed_half_in_each_language() -> None:
    sets = {"ours": _by("x", 10), "base": _by("y", 10), "third": _by("z", 10)}
    read = pairs(sets, count=20)
    assert read == pairs(sets, count=20)
    assert len(read) == 20
    firsts = [pair.writers[0] for pair in read]
    assert 4 < firsts.count("ours") < 16
    for pair in read:
        assert set(pair.writers) == {"ours", "base"}
        for poem, writer in zip(pair.poems, pair.writers, strict=True):
            first, second = poem.split("\n")
            assert first == pair.first_line
            assert second == f"{'x' if writer == 'ours' else 'y'} wrote {first.split()[1]}"
    # Ten lines a language: each once, before any comes again.
    assert {pair.first_line for pair in read} == {f"Line {number}" for number in range(10)}


def test_the_sheet_names_nobody_and_the_key_everybody() -> None:
    sets = {"ours": [Sample("en", "Rain", ("falls",))], "base": [Sample("en", "Rain", ("stays",))]}
    read = pairs(sets, count=5)
    written = sheet(read)
    assert "ours" not in written
    assert "base" not in written
    assert "    Rain\n    falls" in written
    assert list(key(read)) == ["1"]
    assert set(key(read)["1"].values()) == {"ours", "base"}
    a = read[0].poems[0].split("\n")[1]
    assert key(read)["1"]["A"] == ("ours" if a == "falls" else "base")


def test_lines_that_one_of_them_did_not_get_are_left_out() -> None:
    assert pairs({"a": _by("x", 3), "b": []}, count=5) == []
