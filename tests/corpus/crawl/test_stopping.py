"""A crawl that ends early, by whatever hand, and goes on from there."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from crawling import CONTACT, alma, crawl, poems
from poem_site import CANDIL, ESPIGA, Answer, Page, PoemSite, alma_author, alma_poem, small_site

from duende.corpus.crawl import fetch, known_site
from duende.errors import SourceError

Serve = Callable[[PoemSite], PoemSite]

DRIVER = """
import sys
from dataclasses import replace
from pathlib import Path
from duende.corpus.crawl import fetch, known_site

table = replace(known_site("poemas-del-alma"), index=("A.html", "M.html"))
report = fetch(table, Path(sys.argv[2]), contact="prueba@example.org", address=sys.argv[1],
               delay=0.0, first_wait=float(sys.argv[3]), say=lambda text: print(text, flush=True))
print(report.ended)
"""


def started(site: PoemSite, folder: Path, first_wait: float = 0.05) -> subprocess.Popen[str]:
    """A crawl in a process of its own, as from a command line."""
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, site.address, str(folder), str(first_wait)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended, its parent may not have looked yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def long_site(count: int = 12) -> PoemSite:
    """One author with many poems, and pages that take a little while."""
    site = small_site()
    site.pages["/M.html"] = Answer("<p>Nadie</p>")
    names = [f"poema-{number}" for number in range(count)]
    site.pages["/ana-rivas.htm"] = alma_author(*((f"{name}.htm", name) for name in names))
    for name in names:
        site.pages[f"/{name}.htm"] = alma_poem(name, f"{CANDIL}\n\n{name}")
    site.seconds = 0.01
    return site


def test_killed_at_any_point_it_goes_on_from_there(serve: Serve, tmp_path: Path) -> None:
    site = serve(long_site(30))
    asked_again: set[str] = set()
    for pages, both in ((2, True), (6, False), (11, True)):
        process = started(site, tmp_path)
        wait_for(lambda pages=pages: len(set(site.visits())) > pages, "no pages")  # type: ignore[misc]
        children = psutil.Process(process.pid).children()
        assert [each.cmdline()[-1] for each in children] == ["duende.corpus.crawl"]
        if both:
            children[0].kill()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        wait_for(lambda children=children: gone(children[0]), "it outlives who asked for it")  # type: ignore[misc]
        asked_again.add(site.log[-1].path)  # the one in flight, at most

    assert 0 < len(poems(tmp_path)) < 30
    assert crawl(site, tmp_path).poems == 30
    assert [(each["title"], each["text"]) for each in poems(tmp_path)] == [
        (f"poema-{number}", f"{CANDIL}\n\npoema-{number}") for number in range(30)
    ]
    visits = site.visits()
    assert visits.pop("/robots.txt") == 4  # asked anew on every run
    twice = {path for path, count in visits.items() if count > 1}
    assert twice <= asked_again
    assert max(visits.values()) <= 2


def test_what_a_kill_has_cut_is_healed(serve: Serve, tmp_path: Path) -> None:
    site = serve(small_site())
    crawl(site, tmp_path)
    file = tmp_path / "poems.jsonl"
    good = file.read_bytes()
    lines = good.splitlines(keepends=True)
    harmed = [lines[0], b'{"place": 3}\n', lines[1], lines[1], b"\0\0\0\n", lines[3], lines[2][:80]]
    file.write_bytes(b"".join(harmed))
    site.log.clear()
    report = crawl(site, tmp_path)
    assert (report.poems, report.new) == (4, 1)
    assert sorted(file.read_bytes().splitlines(keepends=True)) == sorted(lines)
    assert set(site.visits()) == {"/robots.txt"}  # the poem comes from the page that was kept
    names = {each.name for each in (tmp_path / ".state").iterdir()}
    assert names - {"lock"} == {"crawl.log", "pages.sqlite", "site.json"}  # nothing pickled


def test_ctrl_c_ends_after_the_page_and_says_how_to_go_on(serve: Serve, tmp_path: Path) -> None:
    site = serve(long_site(30))
    process = started(site, tmp_path)
    wait_for(lambda: len(set(site.visits())) > 6, "no pages")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    first, *_, last, ended = said.splitlines()
    assert first == "Stopping after this page; once more to stop at once."
    assert last.startswith("Stopped. ")
    assert last.endswith("Run the same command again to go on.")
    assert ended == "interrupted"
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["ended"], report["poems"]) == ("interrupted", len(poems(tmp_path)))
    assert report["poems"] < 30
    assert crawl(site, tmp_path).poems == 30
    assert max(count for path, count in site.visits().items() if path != "/robots.txt") == 1


def test_ctrl_c_is_heard_while_it_waits(serve: Serve, tmp_path: Path) -> None:
    site = small_site()
    site.pages["/candil.htm"] = Answer("Ay.", status=503)
    serve(site)
    process = started(site, tmp_path, first_wait=60)
    wait_for(lambda: site.visits()["/candil.htm"] == 1, "not asked")
    time.sleep(0.2)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert said.endswith("interrupted\n")


def test_a_crawl_that_waits_ends_with_who_asked_for_it(serve: Serve, tmp_path: Path) -> None:
    site = small_site()
    site.pages["/candil.htm"] = Answer("Ay.", status=503)
    serve(site)
    process = started(site, tmp_path, first_wait=60)
    wait_for(lambda: site.visits()["/candil.htm"] == 1, "not asked")
    (child,) = psutil.Process(process.pid).children()
    process.kill()
    process.communicate()
    wait_for(lambda: gone(child), "it outlives who asked for it")


@pytest.mark.parametrize("status", [403, 429])
def test_a_site_that_refuses_is_left_alone(serve: Serve, tmp_path: Path, status: int) -> None:
    site = long_site()
    for number in range(3, 12):
        site.pages[f"/poema-{number}.htm"] = Answer("Fuera.", status=status)
    serve(site)
    with pytest.raises(SourceError, match=r"refuses us: 5 answers in a row") as error:
        crawl(site, tmp_path)
    assert sum(count for path, count in site.visits().items() if "poema-" in path) == 3 + 5
    assert len(poems(tmp_path)) == 3
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["ended"], report["sentence"]) == ("stopped", str(error.value))


def test_a_few_refusals_are_only_counted(serve: Serve, tmp_path: Path) -> None:
    site = long_site()
    site.pages["/robots.txt"] = Answer("<h1>403</h1>", status=403)  # as if there were none
    for number in (1, 2, 3, 4, 6, 7, 8, 9):
        site.pages[f"/poema-{number}.htm"] = Answer("Fuera.", status=403)
    report = crawl(serve(site), tmp_path)
    assert (report.poems, report.failed) == (4, {"HTTP 403": 8})


def test_a_site_that_is_down_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    site = long_site()
    for number in range(3, 12):
        site.pages[f"/poema-{number}.htm"] = Answer("Ay.", status=503)
    site.seconds = 0.0
    serve(site)
    with pytest.raises(SourceError, match=r"5 pages in a row could not be had .*HTTP 503"):
        crawl(site, tmp_path, first_wait=0.001)
    assert len(poems(tmp_path)) == 3
    assert site.visits()["/poema-7.htm"] == 5
    assert site.visits()["/poema-8.htm"] == 0
    for number in range(3, 12):  # an error is never kept
        site.pages[f"/poema-{number}.htm"] = alma_poem("Vuelta", ESPIGA)
    assert crawl(site, tmp_path).poems == 12


@pytest.mark.parametrize(
    ("robots", "sentence", "asked"),
    [
        (Answer(status=500), r"robots.txt answers 500, and without it nothing is fetched", 5),
        (
            Answer(status=302, headers={"Location": "http://localhost:9/"}),
            r"robots.txt cannot be read \(it leads to another site\)",
            1,
        ),
        (
            Answer("User-agent: *\nCrawl-delay: 86400"),
            "asks for 86400 seconds between two pages, which is a no",
            1,
        ),
        (Answer("User-agent: duende\nDisallow: /"), r"robots.txt asks not to read its index", 1),
        (
            Answer(status=503, headers={"Retry-After": "7200"}),
            "asks us to come back in 120 minutes",
            1,
        ),
    ],
    ids=["5xx", "elsewhere", "slower than slow", "no to all", "much later"],
)
def test_what_robots_txt_can_say(
    serve: Serve, tmp_path: Path, robots: Page, sentence: str, asked: int
) -> None:
    site = small_site()
    site.pages["/robots.txt"] = robots
    serve(site)
    with pytest.raises(SourceError, match=sentence):
        crawl(site, tmp_path, first_wait=0.01)
    assert site.visits() == {"/robots.txt": asked}


def test_nobody_there(tmp_path: Path) -> None:
    quick = {"delay": 0.0, "first_wait": 0.001}
    with pytest.raises(SourceError, match=r"robots.txt cannot be read .*refused"):
        fetch(alma(), tmp_path, contact=CONTACT, address="http://127.0.0.1:9/", **quick)


def test_a_site_that_has_changed(serve: Serve, tmp_path: Path) -> None:
    site = PoemSite()
    site.pages["/A.html"] = site.pages["/M.html"] = Answer("<h1>Nueva casa</h1>")
    with pytest.raises(SourceError, match=r"Poemas del Alma shows no authors .*see aside/"):
        crawl(serve(site), tmp_path)
    assert len(list((tmp_path / "aside").glob("*.html"))) == 2


def test_one_folder_one_site_one_crawl(serve: Serve, tmp_path: Path) -> None:
    site = serve(long_site())
    ended: list[str] = []
    first = threading.Thread(target=lambda: ended.append(crawl(site, tmp_path).ended))
    site.seconds = 0.08
    first.start()
    wait_for(lambda: len(site.log) > 1, "not begun")
    site.seconds = 0.0
    second = crawl(site, tmp_path)  # waits for the first one's end
    first.join()
    assert ended == ["complete"]
    assert (second.poems, second.new) == (12, 0)
    with pytest.raises(SourceError, match="already holds poems from http://127"):
        crawl(site, tmp_path, known_site("ciudadseva"))


def test_a_damaged_cache_is_told(serve: Serve, tmp_path: Path) -> None:
    site = serve(small_site())
    crawl(site, tmp_path, limit=2)
    for file in (tmp_path / ".state").glob("pages.sqlite*"):
        file.write_bytes(b"no es una base de datos" * 100)
    with pytest.raises(SourceError, match=r"pages.sqlite cannot be used .*delete it"):
        crawl(site, tmp_path)
    assert len(poems(tmp_path)) == 2


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("aquí ya hay algo")
    with pytest.raises(SourceError, match="file cannot be written"):
        fetch("ciudadseva", tmp_path / "file", contact=CONTACT, address="http://127.0.0.1:9/")
