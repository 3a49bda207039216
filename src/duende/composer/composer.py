"""The composer: a first line becomes a poem.

What the reader asks for (`request`) goes in; a `Writing` comes out, which yields the poem's lines
as they are written and holds the `Poem` when they are done.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unicodedata import normalize

from duende.composer.draft import Draft
from duende.composer.ending import Ending
from duende.composer.engine import Engine, Lane, Sampling
from duende.composer.free import write_free
from duende.composer.objections import longest_run, plain_words
from duende.composer.request import FREE, TEMPERATURE, TOP_P, VOICE, Request, RewriteRequest
from duende.composer.rewriting import Alternative, alternatives, plan_of
from duende.composer.verse import write_verse
from duende.language import identify
from duende.poem import Finish, LineReport, Poem, Report
from duende.voice.prompts import VERSION, preamble
from duende.voice.voices import Voice, find_voice, fit

LANES = 7  # at most, for one poem: four in which lines are written, three in which they are read
PATIENCE = 60.0  # seconds, for a poem


class Writing:
    """A poem while it is written: iterate over its text, then read `poem`.

    Each piece is a line with its line break (the last has none), given when it is accepted.
    `stop`, from any thread, ends the poem after the line that stands; leaving the loop does too.
    Raises `VoiceError` where the voice was made for another base than the engine's.
    """

    def __init__(
        self,
        engine: Engine,
        request: Request,
        *,
        apart: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self.request = request
        self._voice = fit(request.voice, engine.base)
        self._engine = engine
        self._apart = apart
        self._patience = patience
        self._stopped = threading.Event()
        self._poem: Poem | None = None
        self._lines: Generator[str, None, None] | None = None
        self._given: list[str] = []
        self._draft = Draft(
            lang=request.lang,
            voice=self._voice,
            era=self._voice.era_of(request.era),
            form=request.form,
            plan=request.plan if request.form.id != FREE else (),
        )

    def stop(self) -> None:
        """End the poem after the lines that were given so far."""
        self._stopped.set()

    @property
    def poem(self) -> Poem:
        """The poem; writes what is left of it first."""
        for _ in self:
            pass
        assert self._poem is not None
        return self._poem

    def __iter__(self) -> Iterator[str]:
        lines = self.lines()
        try:
            for line in lines:
                yield line if len(self._given) == 1 else "\n" + line
        finally:
            lines.close()

    def lines(self) -> Generator[str, None, None]:
        """Yield the lines one by one; a second call goes on where the first was left."""
        if self._lines is None:
            self._lines = self._write()
        return self._lines

    def _write(self) -> Generator[str, None, None]:
        finish: Finish = "stopped"
        alone = True
        try:
            for line in (self.request.first_line, *self.request.more):
                self._given.append(line)
                yield line
            with self._open_lanes() as lanes:
                written = self._begin(lanes)
                try:
                    while True:
                        self._given.append(next(written))
                        yield self._given[-1]
                except StopIteration as end:
                    finish = end.value
                finally:
                    written.close()
                    alone = all(lane.alone for lane in lanes)
        finally:
            self._poem = self._finished(finish, alone)

    @contextmanager
    def _open_lanes(self) -> Iterator[Sequence[Lane]]:
        """A lane for free verse; for a form as many as are free."""
        in_form = self.request.form.id != FREE
        how: dict[str, Any] = {
            "voice": self._voice,
            "preamble": self._draft.preamble(coded=in_form),
            "apart": self._apart,
        }
        if in_form:
            with self._engine.lanes(LANES, **how) as lanes:
                yield lanes
        else:
            with self._engine.lane(**how) as lane:
                yield [lane]

    def _begin(self, lanes: Sequence[Lane]) -> Generator[str, None, Finish]:
        request = self.request
        sampling = Sampling(request.temperature, request.top_p, request.seed)
        ending = Ending(time.monotonic() + self._patience, self._stopped.is_set)
        begun = [normalize("NFC", line) for line in request.lines]
        if request.form.id != FREE:
            self._draft.begin(begun)
            return write_verse(
                lanes,
                self._draft,
                sampling=sampling,
                ending=ending,
            )
        return write_free(
            lanes[0],
            lines=begun,
            lang=request.lang,
            voice=self._voice,
            era=self._draft.era,
            max_words=request.max_words,
            sampling=sampling,
            rejected=self._draft.rejected,
            ending=ending,
        )

    def _finished(self, finish: Finish, alone: bool) -> Poem:
        request, lines = self.request, self._given
        file = self._voice.file
        base = None if file and file.kind == "model" else self._engine.base
        words = plain_words(" ".join(lines[1 + len(request.more) :]))
        report = Report(
            lines=self._line_reports(),
            lang_certainty=round(request.identified.certainty, 3),
            known_language=request.identified.known,
            alone=alone,
            rejected=dict(sorted(self._draft.rejected.items())),
            copied_words=max(
                (longest_run(words, plain_words(" ".join(poem))) for poem in self._draft.examples),
                default=0,
            ),
            temperature=request.temperature,
            top_p=request.top_p,
            max_words=request.max_words,
            era=self._draft.era,
            engine=self._engine.name,
            base=base.name if base else "",
            base_sha256=base.sha256 if base else "",
            voice_sha256=file.sha256 if file else "",
            prompt_version=VERSION,
        )
        return Poem(
            text="\n".join(lines),
            lang=request.lang,
            form=request.form.id,
            first_line=request.first_line,
            lang_assumed=request.lang_assumed,
            seed=request.seed,
            voice=request.voice.name,
            finish=finish,
            report=report,
        )

    def _line_reports(self) -> tuple[LineReport, ...]:
        """What is known of each line; in a form also what it counts, and what it was let off."""
        found = [identify(line) for line in self._given]
        told = [LineReport(each.lang, round(each.certainty, 3)) for each in found]
        draft = self._draft
        if self.request.form.id == FREE:
            return tuple(told)
        said = iter(zip(draft.plan, draft.codes, draft.let_off, strict=False))
        for place, line in enumerate(self._given):
            if line:
                slot, code, let_off = next(said)
                told[place] = replace(
                    told[place],
                    syllables=code.syllables,
                    rhyme=slot.letter or "",
                    let_off=let_off,
                )
        return tuple(told)


class Composer:
    """Writes poems on one engine, as many at once as it has slots.

    With `seeded_alone` a poem whose seed the reader gave is written in a lane of its own, so that
    the same seed gives the same poem however many others are being written. A poem takes `patience`
    seconds at most.
    """

    def __init__(
        self, engine: Engine, *, seeded_alone: bool = False, patience: float = PATIENCE
    ) -> None:
        self.engine = engine
        self.seeded_alone = seeded_alone
        self.patience = patience

    def write(self, request: Request) -> Writing:
        """Begin a poem; nothing is written until the result is read.

        Raises `VoiceError` where the voice was made for another base.
        """
        return Writing(
            self.engine,
            request,
            apart=self.seeded_alone and request.seeded,
            patience=self.patience,
        )

    def compose(self, request: Request) -> Poem:
        """Write a whole poem."""
        return self.write(request).poem

    def rewrite(
        self, request: RewriteRequest, *, stopped: Callable[[], bool] = bool
    ) -> list[Alternative]:
        """Other versions of a line, the best first; those found so far, once `stopped` says so.

        Raises `EngineError` where none is found, `VoiceError` and `ContextFull`.
        """
        voice = fit(request.voice, self.engine.base)
        draft = Draft(
            lang=request.lang,
            voice=voice,
            era=voice.era_of(request.era),
            form=request.form,
            plan=plan_of(request.form, request.lines, request.lang),
        )
        for line in request.lines:
            draft.add(normalize("NFC", line))
        opening = draft.preamble(coded=draft.form.id != FREE)
        with self.engine.lanes(LANES, voice=voice, preamble=opening) as lanes:
            return alternatives(
                lanes,
                draft,
                request.place,
                count=request.candidates,
                sampling=Sampling(request.temperature, request.top_p, request.seed),
                ending=Ending(time.monotonic() + self.patience, stopped),
            )

    def warm_up(self, voice: Voice | None = None) -> None:
        """Load and read what every poem needs, so that the first reader does not wait for it.

        `voice` is the one that readers will ask for most, the package's default if None.
        """
        identify("Good morning")
        voice = fit(voice or find_voice(VOICE), self.engine.base)
        for lang in voice.languages:
            opening = preamble(
                lang=lang,
                era=voice.era_of(""),
                form="free",
                examples=voice.examples.get(lang, ()),
            )
            with self.engine.lane(voice=voice, preamble=opening) as lane:
                list(lane.continue_text(opening, Sampling(TEMPERATURE, TOP_P, 0), max_tokens=1))
