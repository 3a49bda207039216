"""The page in a real browser: the API and the page as processes of their own, on free ports."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from duende.page.run import command, environment
from duende.page.words import words
from duende.settings import Settings
from serving import answers, free_port, wait_until

pytestmark = pytest.mark.browser

SECONDS_A_WORD = 0.01  # slow enough to press a button in mid-poem, quick enough for a test
EN, ES = words("en"), words("es")


@contextmanager
def running(arguments: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page's address, with an API behind it that writes slowly."""
    port = free_port()
    settings = Settings(
        host="127.0.0.1", page_port=free_port(), api=f"http://127.0.0.1:{port}", _env_file=None
    )
    script = str(Path(__file__).with_name("serve_echo.py"))
    page = f"http://127.0.0.1:{settings.page_port}"
    with ExitStack() as stack:
        api = [sys.executable, script, str(port), str(SECONDS_A_WORD)]
        stack.enter_context(running(api, dict(os.environ)))
        stack.enter_context(running(command(settings), environment(settings)))
        wait_until(lambda: answers(f"{settings.api_address}/readyz"), what="the API answers")
        wait_until(lambda: answers(f"{page}/_stcore/health"), what="the page answers")
        yield page


def poem(tab: Page) -> str:
    return tab.locator("#poem-1").inner_text()


def finished(tab: Page) -> str:
    """Wait for the poem to be done; its text."""
    tab.locator("button.copy").first.wait_for()
    return poem(tab)


@pytest.mark.parametrize("ui", ["en", "es"])
def test_written_copied_and_downloaded(tab: Page, address: str, ui: str) -> None:
    said = ES if ui == "es" else EN
    tab.goto(f"{address}/?ui={ui}&words=60&line=x")
    tab.get_by_label(said.first_line).fill("Bajo el sol")
    tab.get_by_role("button", name=said.write).click()
    tab.locator(".verse").nth(1).wait_for()  # a line appears while others are to come
    assert tab.locator(".poem[aria-busy]").count() == 1
    text = finished(tab)
    lines = text.split("\n")
    assert lines[0] == "Bajo el sol"
    assert len(lines) > 5
    assert all(lines)
    assert tab.evaluate("document.documentElement.lang") == ui
    assert tab.locator("#poem-1").get_attribute("lang") == "es"

    for ending, start in (("txt", text), ("md", "  \n".join(lines))):
        with tab.expect_download() as download:
            tab.get_by_role("button", name=f"{said.download} .{ending}").click()
        assert download.value.suggested_filename == f"bajo-el-sol.{ending}"
        content = Path(download.value.path()).read_text(encoding="utf-8")
        assert content.startswith(start)
    assert poem(tab) == text  # a download does not disturb the page

    tab.locator("button.copy").click()
    expect(tab.locator("button.copy")).to_have_text(said.copied)
    assert tab.evaluate("navigator.clipboard.readText()") == text


def test_stopped_and_taken_up_again(tab: Page, address: str) -> None:
    tab.goto(f"{address}/?ui=es")
    tab.get_by_label(ES.first_line).fill("Bajo el sol")
    tab.get_by_label(ES.first_line).press("Enter")
    tab.locator(".verse").nth(2).wait_for()
    tab.get_by_role("button", name=ES.stop).click()
    tab.get_by_role("button", name=ES.go_on).wait_for()
    part = poem(tab)
    assert part.count("\n") >= 2
    assert ES.stopped in tab.locator(".colophon").inner_text()
    tab.get_by_role("button", name=ES.go_on).click()
    tab.get_by_role("button", name=ES.go_on).wait_for(state="detached")
    assert finished(tab).startswith(part)
    assert len(poem(tab)) > len(part)


def test_a_click_in_mid_poem_does_not_lose_it(tab: Page, address: str) -> None:
    tab.goto(f"{address}/?ui=en&line=sun&seed=5&words=120&temperature=1.5")
    tab.locator(".verse").nth(2).wait_for()
    tab.get_by_role("button", name=EN.other).click()
    tab.get_by_label(ES.first_line).wait_for()
    first = finished(tab)
    mood = tab.locator('.st-key-mood [data-testid="stSliderThumbValue"]')
    expect(mood).to_have_text(ES.moods["wild"])
    tab.goto(f"{address}/?ui=en&line=sun&seed=5&words=120&temperature=1.5")
    assert finished(tab) == first


def test_a_link_writes_the_same_poem_again(tab: Page, address: str) -> None:
    tab.goto(f"{address}/?ui=en&words=60&line=x")
    tab.get_by_label(EN.first_line).fill("Snow & <i>fire</i>? #1 + 1")
    tab.get_by_role("button", name=EN.write).click()
    text = finished(tab)
    with tab.context.expect_page() as opened:
        tab.get_by_role("link", name=EN.link, exact=True).click()
    assert finished(opened.value) == text
    assert opened.value.get_by_label(EN.first_line).input_value() == "Snow & <i>fire</i>? #1 + 1"
    written = tab.url
    tab.get_by_role("button", name=EN.another).click()
    tab.locator(".poem[aria-busy]").wait_for()
    another = finished(tab)
    assert another != text
    tab.go_back()
    tab.locator(".poem[aria-busy]").wait_for()
    assert finished(tab) == text
    assert tab.url == written


def test_nothing_in_a_line_is_interpreted(tab: Page, address: str) -> None:
    line = '<b>x</b> *y* <img src="https://example.org/x.png"> [a](https://example.org) # `c`'
    outside: list[str] = []
    tab.on("request", lambda request: outside.append(request.url))
    tab.goto(f"{address}/?{urlencode({'line': line, 'words': 60, 'seed': 1, 'ui': 'en'})}")
    assert finished(tab).startswith(line + "\n")
    assert tab.locator(".poem b, .poem em, .poem img, .poem a, .poem code").count() == 0
    hosts = tuple(scheme + address.split("//")[1] for scheme in ("http://", "ws://"))
    assert [url for url in outside if not url.startswith((*hosts, "data:", "blob:"))] == []


def test_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, locale="es-MX"
    )
    context.set_default_timeout(20_000)
    tab = context.new_page()
    query = urlencode({"line": "agua" * 50, "words": 60, "seed": 1, "versions": 2})
    tab.goto(f"{address}/?{query}")
    tab.locator("button.copy").nth(1).wait_for()
    tab.get_by_label(ES.first_line).wait_for()  # the language of the phone
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    main = tab.locator('[data-testid="stMain"]')
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    boxes = [tab.locator(f"#poem-{number}").bounding_box() for number in (1, 2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]  # one below the other
    context.close()
