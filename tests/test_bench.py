"""The bench: its arithmetic, its table, and one small measurement with the engine of no model."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import __main__ as bench_main
from bench import direct, first_version, machine, reader, record, servers, table
from bench import voice as bench_voice
from bench.record import EngineRun, Poems, Results, Round, Run

from duende.composer.engines.echo import Echo
from duende.language import identify
from duende.service.schemas import PoemCreate


def poems(way: str, lang: str, readers: int, seconds: float) -> Poems:
    """Forty words for each reader, in sixty tokens."""
    return Poems(way, lang, readers, 40 * readers, 60 * readers, seconds, [0.4] * readers, lang)


def round_at(pace: float) -> Round:
    """A round on a machine that runs at `pace`: 20 tokens a second against 100."""
    written = [
        poems(way, lang, readers, seconds / pace / (0.95 if way == "http" else 1))
        for way in ("direct", "http")
        for lang in ("es", "en")
        for readers, seconds in ((1, 1.0), (8, 4.0))
    ]
    return Round(
        first_direct=Run(140, 7 / pace),
        first_http=Run(140, 7.2 / pace),
        first_megabytes=870,
        engine=[
            EngineRun(1, Run(140, 2 / pace), Run(140, 1.4 / pace)),
            EngineRun(8, Run(1120, 6 / pace), Run(1000, 4 / pace)),
        ],
        poems=written,
        ready_seconds=2.5,
        api_megabytes=420,
    )


@pytest.fixture
def results() -> Results:
    return Results(
        machine={
            "date": "2026-11-22",
            "processors": 2,
            "processor": "A processor",
            "system": "Linux x86_64",
            "versions": {"python": "3.11.7", "duende": "0.1.0"},
        },
        quick=False,
        bandwidth=20e9,
        base_bytes=100_000_000,
        build_seconds=9.0,
        page_megabytes=90,
        page_opened=True,
        rounds=[round_at(1.0), round_at(0.5), round_at(0.9)],
    )


def row(results: Results, what: str) -> table.Row:
    return next(row for row in table.rows_of(results) if row.what.startswith(what))


def test_spread_is_the_median_with_its_ends() -> None:
    assert table.Spread.of([5, 1, 4, 2]) == table.Spread(3, 1, 5)
    assert table.Spread.of([2.0]).told(1) == "2.0"
    assert table.Spread.of([19.6, 20.4]).told() == "20"  # the span would say the number again


@pytest.mark.parametrize(
    ("target", "found", "met"),
    [
        (table.Target("", least=3.5), 3.5, True),
        (table.Target("", least=3.5), 3.49, False),
        (table.Target("", below=450), 450, False),
        (table.Target("", below=450), 449.9, True),
    ],
)
def test_targets(target: table.Target, found: float, met: bool) -> None:
    assert target.met(found) is met
    assert ("not met" in target.verdict(found)) is not met


def test_words_of_the_first_version() -> None:
    assert first_version.tokens_a_word("es") == pytest.approx(1.9 + 3 / 7)
    assert first_version.tokens_a_word("en") == pytest.approx(1.3 + 3 / 7)


def test_ratios_are_taken_within_a_round(results: Results) -> None:
    found = row(results, "The model alone, one reader")
    assert found.first == "18 (10–20)"
    assert found.ratio == "5.0×"  # at every pace, so it has no span
    assert found.target == "≥ 3.5×: met"
    assert row(results, "The model alone, eight").ratio == "2.5× one reader"


def test_words_a_second_at_the_models_speed(results: Results) -> None:
    assert table.tokens_a_word(results.rounds, "es") == pytest.approx(1.5)
    found = row(results, "Spanish words a second at that speed")
    assert found.ratio == "7.8×"  # 100 / 1.5 against 20 / 2.33
    assert found.target.endswith(": met")


def test_http_against_direct(results: Results) -> None:
    assert row(results, "Over HTTP against direct: words a second, one").ours == "95 %"
    assert table.same_poems(results.rounds) == (6, 6)


def test_what_is_not_met_is_said(results: Results) -> None:
    heavy = replace(results, page_megabytes=480, page_opened=False)
    found = row(heavy, "… and the page, fetched once")
    assert found.ours == "900 MB"
    assert found.target == "< 900 MB: **not met**"


def test_share_of_bandwidth(results: Results) -> None:
    # 90 tokens a second, the median, times 100 MB of 20 GB/s
    assert row(results, "Share of the memory").ours == "45% of 20.0 GB/s"


def test_every_row_of_the_table_has_five_cells(results: Results) -> None:
    lines = [line for line in table.render(results).splitlines() if line.startswith("|")]
    assert len(lines) == len(table.rows_of(results)) + 2
    assert {line.count("|") for line in lines} == {6}


def test_a_table_with_no_model_and_no_tokens(results: Results) -> None:
    untold = [
        replace(each, poems=[replace(poems, tokens=0) for poems in each.poems])
        for each in results.rounds
    ]
    bare = replace(results, rounds=untold, base_bytes=0, build_seconds=None)
    assert "Building the base" not in table.render(bare)


def test_results_come_back_from_json(results: Results) -> None:
    assert record.read(results.as_json()) == results


def test_readme_is_changed_between_its_marks_alone(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, page = tmp_path / "results.json", tmp_path / "README.md"
    kept.write_text(results.as_json(), encoding="utf-8")
    page.write_text(f"# duende\n\n{table.START}\nold\n{table.END}\n\nEnd.\n", encoding="utf-8")
    monkeypatch.setattr(record, "RESULTS", kept)
    monkeypatch.setattr(bench_main, "README", page)
    for _ in range(2):  # the second time changes nothing more
        bench_main.put_into_readme()
        assert page.read_text(encoding="utf-8") == (
            f"# duende\n\n{table.START}\n{table.render(results)}\n{table.END}\n\nEnd.\n"
        )


def test_readme_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="bench:start"):
        table.put("# duende\n", "| a |")
    with pytest.raises(ValueError, match="bench:end"):
        table.put(f"{table.START}\n# duende\n", "| a |")


def test_readme_holds_the_table_of_the_results() -> None:
    page = bench_main.README.read_text(encoding="utf-8")
    if table.START not in page or not record.RESULTS.is_file():
        pytest.skip("nothing was measured yet")
    kept = record.read(record.RESULTS.read_text(encoding="utf-8"))
    assert table.put(page, table.render(kept)) == page, "run `python -m bench --readme`"


@pytest.mark.parametrize("lang", ["es", "en"])
def test_first_lines_are_in_their_language(lang: str) -> None:
    asked = [direct.asking(lang, number) for number in range(16)]  # type: ignore[arg-type]
    assert {identify(each["first_line"]).lang for each in asked} == {lang}
    assert len({each["seed"] for each in asked}) == 16
    assert [PoemCreate(**each) for each in asked]


def test_bandwidth_is_measured() -> None:
    assert machine.bandwidth(2, size=8 << 20) > 1e8


def test_machine_is_described_without_names_or_places() -> None:
    facts = machine.facts()
    assert facts["versions"]["duende"]
    assert not any("/" in str(value) for value in facts.values())


def test_errors_in_a_reader_are_not_lost() -> None:
    def fail() -> None:
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        direct.together([fail, lambda: None])


def test_a_small_measurement_with_the_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUENDE_ENGINE", "echo")
    monkeypatch.setattr(direct, "loaded_engine", Echo)
    asked = [direct.asking("es", number) | {"max_words": 30} for number in range(2)]
    here = direct.write_poems(asked)
    assert here.readers == 2
    assert here.words > 10
    assert here.words_a_second > 0
    run = direct.measure_engine(2, 12)
    assert run.whole.tokens == 24
    with servers.api() as api:
        there = reader.read_poems(api.address, asked, count=direct.count_tokens)
        assert api.megabytes > 10
        process = api.process
    assert there.sent == here.sent
    assert all(0 < seconds <= there.seconds for seconds in there.first_words)
    assert not process.is_running()


def test_the_voice_and_the_base_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def run(readers: int, tokens: int, *, lang: str, adapted: bool) -> EngineRun:
        asked.append((lang, readers, adapted))
        slower = 1.25 if adapted and lang == "es" else 2.0 if adapted else 1.0
        whole = Run(readers * tokens, slower * len(asked))
        return EngineRun(readers, whole, Run(readers * tokens, slower))

    monkeypatch.setattr(direct, "measure_engine", run)
    found = bench_voice.measure(2, tokens=100)
    assert found["es", 8] == [(800, 640)] * 2
    # After the first eight, which do not count, each goes first in every other turn.
    assert [adapted for _, _, adapted in asked[8:]] == [True, False] * 4 + [False, True] * 4
    told = bench_voice.table(found).splitlines()
    assert "| es | 1 | 100 | 80 | 80.0 % (80.0–80.0) | met |" in told
    assert "| en | 8 | 800 | 400 | 50.0 % (50.0–50.0) | **not met** |" in told


def test_the_bare_base_writes_without_the_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    voices = []

    class Listening(Echo):
        def lane(self, *, voice: object = None, **more: Any) -> Any:
            voices.append(voice)
            return super().lane(**more)

    monkeypatch.setattr(direct, "loaded_engine", Listening)
    direct.measure_engine(1, 12, lang="en", adapted=False)
    direct.measure_engine(1, 12, lang="en")
    assert voices[0] is None
    assert voices[1] is not None
