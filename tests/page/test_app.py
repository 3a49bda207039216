"""The page as Streamlit runs it, against the real API with the echo for an engine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

import duende.page
from duende.composer.composer import Composer
from duende.composer.engine import Lane, Sampling
from duende.composer.engines.echo import Echo, EchoLane
from duende.errors import BaseMissing
from duende.page.client import Ask, Client
from duende.page.link import Link
from duende.page.sheet import Sheet
from duende.page.words import words
from duende.poem import Poem
from duende.voice import voices
from made_voices import write_voice
from serving import free_port, serving

SCRIPT = Path(duende.page.__file__).with_name("app.py")
EN, ES = words("en"), words("es")
TEXTS = {"en": EN, "es": ES}


@pytest.fixture
def visit(api: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page with these query parameters, on the API at `address`."""

    def open_page(address: str = api, **parameters: str) -> AppTest:
        monkeypatch.setenv("DUENDE_API", address)
        page = AppTest.from_file(str(SCRIPT), default_timeout=30)
        for name, value in parameters.items():
            page.query_params[name] = value
        return run(page)

    return open_page


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def html(page: AppTest) -> str:
    """Everything on the page that is HTML of ours."""
    return "".join(element.proto.body for element in page.get("html"))


def told(page: AppTest) -> str:
    """What went wrong, as the page says it."""
    notices = [element.proto.body for element in page.get("html")]
    return unescape("".join(body for body in notices if 'role="alert"' in body))


def poem_of(link: Link, api: str) -> Poem:
    """What the API writes for the first version of a link."""
    poem = [*Client(api).write(link.asks[0])][-1]
    assert isinstance(poem, Poem)
    return poem


def sheet_of(page: AppTest) -> Sheet:
    sheet: Sheet = page.session_state["sheet"]
    return sheet


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def write(page: AppTest, line: str) -> AppTest:
    page.text_input(key="first_line").set_value(line)
    page.button(key="write").click()
    return run(page)


@pytest.mark.parametrize("ui", ["en", "es"])
def test_a_poem_is_written(visit: Callable[..., AppTest], api: str, ui: str) -> None:
    texts = TEXTS[ui]
    page = visit(ui=ui)
    assert page.text_input[0].label == texts.first_line
    assert set(texts.examples) <= set(labels(page))
    write(page, "Bajo el sol")
    sheet = sheet_of(page)
    (version,) = sheet.versions
    assert version.poem == poem_of(sheet.link, api)
    assert version.poem.first_line == "Bajo el sol"
    assert f'<div class="verse">{version.poem.lines[1]}</div>' in html(page)
    assert f"{texts.seed} {version.ask.seed}" in html(page)
    assert texts.another in labels(page)
    assert not set(texts.examples) & set(labels(page))
    assert [button.label for button in page.get("download_button")] == [
        f"{texts.download} .txt",
        f"{texts.download} .md",
    ]


def test_the_address_holds_the_poem(visit: Callable[..., AppTest]) -> None:
    page = visit(ui="es")
    page.select_slider(key="mood").set_value("bold")
    page.get("button_group")[1].set_value("short")
    write(page, "  ¿Quién   llama? ")
    address = dict(page.query_params)
    seed = address.pop("seed")
    assert address == {
        "ui": "es",
        "line": "¿Quién   llama?",
        "words": "60",
        "temperature": "1.25",
    }
    first = sheet_of(page).versions[0].text
    other = visit(**address, seed=seed)
    assert sheet_of(other).versions[0].text == first
    assert other.text_input(key="first_line").value == "¿Quién   llama?"
    assert other.select_slider(key="mood").value == "bold"


def test_the_link_under_a_version_writes_it_again(visit: Callable[..., AppTest]) -> None:
    page = visit(line="sun", versions="3", seed="4294967295")
    sheet = sheet_of(page)
    assert [version.ask.seed for version in sheet.versions] == [4294967295, 0, 1]
    assert len({version.text for version in sheet.versions}) == 3
    tools = [element.proto.body for element in page.get("html") if "<a " in element.proto.body]
    address = unescape(tools[2].split('href="')[1].split('"')[0])
    parameters = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    alone = visit(**parameters)
    assert [version.text for version in sheet_of(alone).versions] == [sheet.versions[2].text]


def test_a_link_without_a_seed_fills_in_the_form(visit: Callable[..., AppTest]) -> None:
    page = visit(line="The well", lang="en", words="120", versions="2")
    assert page.text_input(key="first_line").value == "The well"
    assert page.session_state["length"] == "medium"
    assert "sheet" not in page.session_state


def test_another_draws_another_seed(visit: Callable[..., AppTest]) -> None:
    page = visit(line="sun", seed="1")
    first = sheet_of(page).versions[0]
    page.button(key="another").click()
    run(page)
    second = sheet_of(page).versions[0]
    assert second.poem is not None
    assert second.ask.seed != 1
    assert (second.text == first.text) is False
    assert page.query_params["seed"] == str(second.ask.seed)


def test_an_example_fills_in_the_line(visit: Callable[..., AppTest]) -> None:
    page = visit(ui="es")
    page.button(key="example-1").click()
    run(page)
    assert page.text_input(key="first_line").value == ES.examples[1]
    assert "sheet" not in page.session_state


def test_the_switch_keeps_everything(visit: Callable[..., AppTest]) -> None:
    page = visit(line="sun", seed="1", temperature="1.5", words="60")
    text = sheet_of(page).versions[0].text
    assert page.button(key="ui").label == "Español"
    page.button(key="ui").click()
    run(page)
    assert page.query_params["ui"] == "es"
    assert page.query_params["seed"] == "1"
    assert page.text_input[0].label == ES.first_line
    assert page.select_slider(key="mood").value == "wild"
    assert sheet_of(page).versions[0].text == text
    assert "documentElement.lang = 'es'" in html(page)


def test_nothing_in_a_line_is_markup(visit: Callable[..., AppTest]) -> None:
    page = write(visit(), "<b>*x*</b> [a](http://b) <script>alert(1)</script>")
    assert sheet_of(page).versions[0].poem is not None
    assert "<b>" not in html(page)
    assert "&lt;b&gt;*x*&lt;/b&gt; [a](http://b)" in html(page)
    assert html(page).count("<script>") == 1  # ours
    assert not page.markdown


@pytest.mark.parametrize(
    ("ui", "line", "sentence"),
    [
        ("en", "", "The first line is empty"),
        ("es", "", "Ese primer verso no sirve"),
        ("en", "sea " * 61, "Your line alone has 61 words"),
        ("es", "voz " * 61, "Tu verso ya tiene más palabras"),
    ],
)
def test_what_cannot_be_written_is_said(
    visit: Callable[..., AppTest], ui: str, line: str, sentence: str
) -> None:
    page = visit(ui=ui, line="x", words="60")
    write(page, line)
    assert sentence in told(page)
    assert EN.retry not in labels(page)  # it would be said again
    assert ES.retry not in labels(page)


@pytest.mark.parametrize("ui", ["en", "es"])
def test_the_api_is_down(visit: Callable[..., AppTest], api: str, ui: str) -> None:
    texts = TEXTS[ui]
    nobody = f"http://127.0.0.1:{free_port()}"
    page = visit(nobody, ui=ui)
    assert texts.troubles["unreachable"] in told(page)
    write(page, "sun")
    assert texts.troubles["unreachable"] in told(page)
    assert labels(page).count(texts.retry) == 1


def test_trying_again_when_the_api_is_back(
    visit: Callable[..., AppTest], api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit(f"http://127.0.0.1:{free_port()}", line="sun", seed="3")
    assert sheet_of(page).versions[0].poem is None
    monkeypatch.setenv("DUENDE_API", api)
    page.button(key="retry").click()
    run(page)
    assert sheet_of(page).versions[0].poem is not None
    assert told(page) == ""


def test_a_poem_that_was_stopped_can_go_on(visit: Callable[..., AppTest]) -> None:
    page = visit()
    sheet = Sheet.of(Link(Ask("sun", lang="en", seed=3)))
    sheet.versions[0].lines = ["sun", "the echo"]
    sheet.stopped = True
    page.session_state["sheet"] = sheet
    run(page)
    assert '<div class="verse">the echo</div>' in html(page)
    assert "3 words · stopped · seed 3" in html(page)
    assert len(page.get("download_button")) == 2
    page.button(key="go_on").click()
    run(page)
    assert sheet_of(page).versions[0].poem is not None
    assert EN.go_on not in labels(page)


class HeldEcho(Echo):
    """An echo that is silent until it is let go."""

    def __init__(self) -> None:
        super().__init__(slots=1)
        self.free = threading.Event()
        self.free.set()

    @contextmanager
    def lane(self, **opening: object) -> Iterator[Lane]:
        yield HeldLane(self.free)


class HeldLane(EchoLane):
    def __init__(self, free: threading.Event) -> None:
        self._free = free

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        self._free.wait(30)
        yield from super().continue_text(prompt, sampling, max_tokens=max_tokens)


@pytest.mark.parametrize("ui", ["en", "es"])
def test_the_api_is_full(visit: Callable[..., AppTest], ui: str) -> None:
    texts = TEXTS[ui]
    engine = HeldEcho()
    with serving(lambda: Composer(engine), slots=1, queue=0) as address:
        engine.free.clear()
        other = Client(address).write(Ask("sun", seed=1))
        assert next(item for item in other if item) == "sun"
        try:
            page = visit(address, ui=ui, line="sol", seed="2")
            assert texts.troubles["busy"] in told(page)
            assert texts.soon.format(seconds=3) in told(page)
            assert texts.retry in labels(page)
        finally:
            engine.free.set()
            other.close()


def test_the_model_is_loading_or_missing(visit: Callable[..., AppTest]) -> None:
    loading = threading.Event()

    def load() -> Composer:
        loading.wait(30)
        raise BaseMissing("There is no base at /nowhere.")

    with serving(load, ready=False) as address:
        page = visit(address, ui="es")
        assert ES.troubles["loading"] in told(page)
        write(page, "sol")
        assert ES.troubles["loading"] in told(page)
        loading.set()
        for _ in range(100):
            page.button(key="retry").click()
            if ES.troubles["base-missing"] in told(run(page)):
                return
    pytest.fail("the page never said that the base is missing")


def test_a_voice_that_is_gone_gives_way(visit: Callable[..., AppTest]) -> None:
    page = visit(line="sun", voice="base")
    assert page.radio(key="voice").value == "base"
    assert page.radio(key="voice").options == ["default", "base"]
    page = visit(line="sun", voice="nobody")
    assert page.radio(key="voice").value == "default"


def test_a_form_brings_its_language_and_its_measure(visit: Callable[..., AppTest]) -> None:
    page = visit(ui="es")
    choice = page.selectbox(key="form")
    assert choice.options[0] == "Verso libre"
    choice.set_value("limerick")
    run(page)
    assert "An accordion player" in html(page)
    write(page, "Bajo el sol")
    (version,) = sheet_of(page).versions
    assert version.poem is not None
    assert (version.poem.form, version.poem.lang) == ("limerick", "en")
    assert 'class="margin"' not in html(page)
    page.toggle(key="measure-0").set_value(True)
    run(page)
    assert html(page).count('class="margin"') == 5


def test_a_line_is_worked_on(visit: Callable[..., AppTest]) -> None:
    page = visit(line="Under the old sun", lang="en", words="60", seed="4")
    version = sheet_of(page).versions[0]
    before = version.text
    page.toggle(key="work-0").set_value(True)
    run(page)
    page.button(key="line-0-1").click()
    run(page)
    others = [button for button in page.button if str(button.key).startswith("other-0-")]
    assert others
    others[0].click()
    run(page)
    after = version.text.split("\n")
    assert [at for at, line in enumerate(before.split("\n")) if after[at] != line] == [1]
    page.button(key="undo-0").click()
    run(page)
    assert version.text == before


def test_a_poem_goes_on(visit: Callable[..., AppTest]) -> None:
    page = visit(line="Under the old sun", lang="en", words="60", seed="4")
    version = sheet_of(page).versions[0]
    before = version.text
    page.button(key="more-0").click()
    run(page)
    assert version.text.startswith(before + "\n")
    assert not version.going_on
    page.button(key="undo-0").click()
    run(page)
    assert version.text == before


def test_a_poem_that_cannot_go_on_is_kept(visit: Callable[..., AppTest]) -> None:
    page = visit(line="Under the old sun", lang="en", words="60", seed="4")
    sheet = sheet_of(page)
    version = sheet.versions[0]
    before = version.text
    version.ask = replace(version.ask, voice="nobody")
    page.button(key="more-0").click()
    run(page)
    assert sheet.trouble is not None
    assert sheet.trouble.kind == "unknown-voice"
    assert version.text == before


@pytest.mark.parametrize(
    ("ui", "told_as"), [("en", "16th and 17th centuries"), ("es", "Siglo de Oro")]
)
def test_an_era_can_be_chosen(
    visit: Callable[..., AppTest], tmp_path: Path, ui: str, told_as: str
) -> None:
    write_voice(tmp_path / "harbour", era="19th-century")
    with serving(lambda: Composer(Echo()), voices=tmp_path) as address:
        page = visit(address, ui=ui, line="sol", voice="harbour")
        choice = page.selectbox(key="era")
        assert (choice.label, choice.options[0]) == (TEXTS[ui].era, TEXTS[ui].own_era)
        choice.set_value("golden-age")
        assert told_as in choice.options
        write(page, "sol de invierno")
        (version,) = sheet_of(page).versions
        assert version.poem is not None
        assert version.poem.report.era == "golden-age"
        assert page.query_params["era"] in ("golden-age", ["golden-age"])
        again = visit(address, line="sol", voice="harbour", era="modern", seed="1")
        assert sheet_of(again).versions[0].poem.report.era == "modern"  # type: ignore[union-attr]
        nobody = visit(address, line="sol", era="jazz")
        assert nobody.selectbox(key="era").value == ""


def test_without_a_trained_voice_there_is_no_era_to_choose(
    visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(voices, "SHIPPED", tmp_path)
    with serving(lambda: Composer(Echo())) as address:
        assert not [box for box in visit(address).selectbox if box.key == "era"]
