"""Continues a text with llama.cpp, in this process, in one voice or another.

One server has the base and the adapters of every voice that was made for it, and each request says
which one it wears. A voice with a model of its own, or one that only a path names, gets a server
of its own on its first poem.

Every lane has a slot with a context of its own (`kv_unified` off). Then the arithmetic of a poem
depends neither on its slot nor on what was written before it (docs/log.md, 2026-11-22), only on
who writes at the same time: the batch is shared.
"""

import os
import queue
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil

from duende.composer.engine import Lane, Piece, Sampling
from duende.composer.engines.llama_server import LlamaServer
from duende.errors import NotEnoughMemory, VoiceError
from duende.voice.base import Base
from duende.voice.gguf_header import Header, read_header
from duende.voice.voices import Voice, fit

CONTEXT = 768
"""Tokens a lane can hold: two example poems take some 210, and 200 Spanish words some 340."""
MODEL_CONTEXT = 1024
"""The same for a voice with a model of its own: GPT-2 takes 2.3 tokens for a Spanish word."""
APART = 2
"""Lanes of a server for one poem: in a form one writes and one reads."""
LANE_BYTES = 15 << 20
"""Memory a lane takes on the embedded base, measured with 1 to 8 (docs/log.md, 2026-11-22)."""
COMMON_BYTES = 60 << 20
"""Memory a server takes beside its files and its lanes."""

CONTROL_GROUP = Path("/sys/fs/cgroup")
"""Where Linux says how much memory a container may have."""

SHARED = ""  # the key of the server that has the base


class LlamaCpp:
    """An engine on a GGUF file.

    `base` is the model, `slots` how many lanes can be open at once, `threads` how many threads
    compute (0: one a processor). Of `voices`, those that are adapters of this base are loaded with
    it, once their files were held against their hashes; one that is damaged says so when it is
    asked for. Loading takes under a second for the embedded base. Raises `NotEnoughMemory`,
    `EngineError` and `EngineMissing`.
    """

    name = "llamacpp"

    def __init__(
        self, base: Base, *, slots: int = 8, threads: int = 0, voices: Sequence[Voice] = ()
    ) -> None:
        self.base = base
        self.slots = slots
        self._threads = threads or _processors()
        self._adapters = {
            voice.file.sha256: path
            for voice in voices
            if voice.file and (path := _adapter(voice, base))
        }
        self._opening = threading.Lock()
        self._open: set[LlamaCppLane] = set()
        self._servers: dict[tuple[str, bool], LlamaServer] = {}
        self._shared = self._server(None)
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(slots):
            self._free.put(slot)
        self._apart_turn = threading.Lock()

    @contextmanager
    def lane(
        self, *, voice: Voice | None = None, preamble: str = "", apart: bool = False
    ) -> Iterator["LlamaCppLane"]:
        """Open a lane in which `voice` writes (None: the bare base), waiting until one is free.

        A lane `apart` has a server of its own, loaded on the first call, and is never disturbed.
        Raises `VoiceError` where the voice is damaged or was made for another base.
        """
        with self.lanes(1, voice=voice, preamble=preamble, apart=apart) as (lane,):
            yield lane

    @contextmanager
    def lanes(
        self, most: int, *, voice: Voice | None = None, preamble: str = "", apart: bool = False
    ) -> Iterator[list["LlamaCppLane"]]:
        """Open one to `most` lanes for one poem; see `duende.composer.engine.Engine`.

        Apart there are two at most, which the poem is to use in turn, never at once.
        """
        with ExitStack() as stack:
            apart = apart and self.slots > 1
            if apart:
                stack.enter_context(self._apart_turn)
                slots = [*range(min(most, APART))]
            else:
                slots = self._take_slots(most, stack)
            lanes = stack.enter_context(self._open_lanes(voice, slots=slots, apart=apart))
            for lane in lanes:
                lane.begin(preamble)
            yield lanes

    def _take_slots(self, most: int, stack: ExitStack) -> list[int]:
        """Wait for a slot, and take those that are free but one; all go back with `stack`."""
        slots = [self._free.get()]
        stack.callback(self._free.put, slots[0])
        while len(slots) < most and self._free.qsize() > 1:
            try:
                slots.append(self._free.get_nowait())
            except queue.Empty:
                break
            stack.callback(self._free.put, slots[-1])
        return slots

    def tokenize(self, text: str) -> list[int]:
        """The token numbers of `text`, read as plain text."""
        return self._shared.tokenize(text)

    def detokenize(self, tokens: list[int]) -> str:
        """The text of token numbers."""
        return self._shared.detokenize(tokens)

    def close(self) -> None:
        """Unload every model."""
        for server in self._servers.values():
            server.close()

    @contextmanager
    def _open_lanes(
        self, voice: Voice | None, *, slots: Sequence[int], apart: bool
    ) -> Iterator[list["LlamaCppLane"]]:
        with self._opening:
            server = self._server(voice, apart=apart)
            lanes = [LlamaCppLane(server, self._adapter(voice), slot=slot) for slot in slots]
            others = [other for other in self._open if other.server is server]
            for lane in lanes:
                lane.alone = not others
            for other in others:
                other.alone = False
            self._open.update(lanes)
        try:
            yield lanes
        finally:
            with self._opening:
                self._open.difference_update(lanes)

    def _adapter(self, voice: Voice | None) -> int | None:
        """Which adapter of its server a voice wears."""
        if voice is None or voice.file is None or voice.file.kind == "model":
            return None
        loaded = list(self._adapters)
        return loaded.index(voice.file.sha256) if voice.file.sha256 in loaded else 0

    def _server(self, voice: Voice | None, *, apart: bool = False) -> LlamaServer:
        """The server that a voice writes on, loaded if need be."""
        file = voice.file if voice else None
        key = SHARED if file is None or file.sha256 in self._adapters else file.sha256
        if (key, apart) not in self._servers:
            model, adapters = self.base.path, list(self._adapters.values())
            if key != SHARED and voice is not None and file is not None:
                fit(voice, self.base)
                checked = voice.checked_file()
                model, adapters = (
                    (checked, []) if file.kind == "model" else (self.base.path, [checked])
                )
            self._servers[key, apart] = self._load(model, adapters, slots=APART if apart else None)
        return self._servers[key, apart]

    def _load(self, model: Path, adapters: Sequence[Path], *, slots: int | None) -> LlamaServer:
        slots = slots or self.slots
        header = read_header(model)
        context = _context(header, CONTEXT if model == self.base.path else MODEL_CONTEXT)
        needed = COMMON_BYTES + slots * _lane_bytes(header, context)
        needed += sum(path.stat().st_size for path in (model, *adapters))
        if needed > free_memory():
            self._close_idle()
        free = free_memory()
        if needed > free:
            raise NotEnoughMemory(
                f"The model needs {needed >> 20} MB of memory and {free >> 20} MB are free: "
                "close something, or set DUENDE_SLOTS lower."
            )
        return LlamaServer(
            model, slots=slots, threads=self._threads, context=context, adapters=adapters
        )

    def _close_idle(self) -> None:
        """Unload the models in which nobody writes, but for the base."""
        busy = {id(lane.server) for lane in self._open}
        for key, server in list(self._servers.items()):
            if key != (SHARED, False) and id(server) not in busy:
                del self._servers[key]
                server.close()


def free_memory() -> int:
    """Bytes that may be taken: what the machine has, or less where a container is bounded."""
    free = psutil.virtual_memory().available
    try:
        most, used = (
            int((CONTROL_GROUP / f"memory.{name}").read_text()) for name in ("max", "current")
        )
        rows = (CONTROL_GROUP / "memory.stat").read_text().splitlines()
        dropped = int(dict(row.split() for row in rows)["inactive_file"])
    except (OSError, ValueError, KeyError):  # no container, or one without a bound ("max")
        return free
    return min(free, most - used + dropped)


class LlamaCppLane:
    """A slot of a server, held by one poem."""

    def __init__(self, server: LlamaServer, adapter: int | None, *, slot: int) -> None:
        self.alone = True
        self.server = server
        self.adapter = adapter
        self._slot = slot
        self._begun = False

    def begin(self, preamble: str) -> None:
        """Put what was thought of `preamble` into the slot, and think of it first if need be."""
        if preamble:
            self._begun = True
            # Where others write, what is thought depends on them: it is not kept.
            self.server.begin_with(preamble, slot=self._slot, adapter=self.adapter, keep=self.alone)

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[str]:
        """Yield what follows `prompt`; see `duende.composer.engine.Lane`."""
        return _texts(self._continue(prompt, sampling, max_tokens, weigh=False))

    def share(self, others: Sequence[Lane]) -> None:
        """Let others know what this one has read; see `duende.composer.engine.Lane`."""
        slots = []
        for other in others:
            assert isinstance(other, LlamaCppLane)
            other._begun = True
            slots.append(other._slot)
        if slots:
            self.server.copy(self._slot, slots, adapter=self.adapter)

    def weigh_beginnings(self, prompt: str, beginnings: Sequence[str]) -> list[float]:
        """About how likely it goes on so; see `duende.composer.engine.Lane`."""
        go_on, self._begun = self._begun, True
        return self.server.weigh_beginnings(
            prompt, beginnings, slot=self._slot, adapter=self.adapter, go_on=go_on
        )

    def weigh_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[Piece]:
        """The same, and how likely each piece is."""
        return self._continue(prompt, sampling, max_tokens, weigh=True)

    def _continue(
        self, prompt: str, sampling: Sampling, max_tokens: int, *, weigh: bool
    ) -> Generator[Piece]:
        go_on, self._begun = self._begun, True
        return self.server.continue_text(
            prompt,
            sampling,
            max_tokens=max_tokens,
            slot=self._slot,
            adapter=self.adapter,
            go_on=go_on,
            weigh=weigh,
        )


def _texts(pieces: Generator[Piece]) -> Generator[str]:
    with closing(pieces):
        for piece in pieces:
            yield piece.text


def _adapter(voice: Voice, base: Base) -> Path | None:
    """The file of a voice that is an adapter of this base, and whole."""
    if voice.file is None or voice.file.kind != "adapter":
        return None
    try:
        return voice.checked_file() if fit(voice, base) is voice else None
    except VoiceError:
        return None


def _context(header: Header, wished: int) -> int:
    """How many tokens a lane holds: as many as wished for, if the model was made for so many."""
    known = _number(header, "context_length")
    return min(wished, known) if known else wished


def _lane_bytes(header: Header, context: int) -> int:
    """The memory of one lane: keys and values of 16 bits for each layer and token."""
    heads = _number(header, "attention.head_count")
    width = _number(header, "embedding_length")
    layers = _number(header, "block_count")
    if not (heads and width and layers):
        return LANE_BYTES
    shared_by = _number(header, "attention.head_count_kv") or heads
    key = _number(header, "attention.key_length") or width // heads
    value = _number(header, "attention.value_length") or width // heads
    return max(LANE_BYTES, 2 * layers * shared_by * (key + value) * context)


def _number(header: Header, name: str) -> int:
    """A whole number that an architecture says of itself, 0 where it does not."""
    field = header.fields.get(f"{header.text('general.architecture')}.{name}")
    return field.value if field is not None and isinstance(field.value, int) else 0


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
