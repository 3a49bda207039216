"""Continues a text with llama.cpp, in this process. Knows nothing of verse.

xllamacpp carries llama.cpp's own server as a library. What is wrapped here, and why:

- Every lane has a slot with a context of its own (`kv_unified` off). Then the arithmetic of a poem
  depends neither on its slot nor on what was written before it (docs/log.md, 2026-11-22), only on
  who writes at the same time: the batch is shared.
- What every prompt begins with (the preamble) is read once and kept in a file; a lane opens by
  putting it back into its slot, whole, so that nothing left there plays a part. That takes 2 ms
  where reading two example poems takes 400. Without a preamble a lane's first prompt is read whole.
- Prompts are sent as token numbers, read as plain text: a reader who types `<eos>` typed a word.
- The server insists on listening; it gets a socket in a private folder and a random key.
- Only requests that we build go in, and never more than there are slots: a queued request cannot
  be cancelled.
"""

import os
import queue
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import psutil

from duende.composer.engine import Sampling
from duende.errors import ContextFull, EngineError, EngineMissing, NotEnoughMemory
from duende.voice.base import Base
from duende.voice.prompts import END_OF_TEXT

CONTEXT = 768
"""Tokens a lane can hold: two example poems take some 210, and 200 Spanish words some 340."""
RANDOM_SEED = 2**32 - 1
"""What llama.cpp takes for "draw one": not a seed that a reader can have."""
LEAST_ROOM = 24
"""Tokens that must be left for a line."""
LINE_BREAK_BIAS = 1.2
"""Added to the logit of a line break, which the penalties on repetition would make rare."""
SERVER_PATIENCE_SECONDS = 60
NO_KEEPING = httpx2.Limits(max_keepalive_connections=0)  # the server may close what is kept
PROMPT_BATCH = 256
"""Tokens of a prompt that are computed at once; more costs memory and is no faster on two cores."""
LANE_BYTES = 15 << 20
"""Memory a lane takes on the embedded base, measured with 1 to 8 (docs/log.md, 2026-11-22)."""
COMMON_BYTES = 60 << 20
"""Memory the engine takes beside the model file and its lanes."""
SPINS = "1000"
"""How long a thread that waits for the other keeps its processor busy before it sleeps.

libgomp's own 300,000 starves the thread that it waits for as soon as anything else runs: two
processes on two cores then write 8 to 24 tokens/s each, against some 33 with this; alone it costs
nothing (docs/log.md, 2026-11-22).
"""

SAMPLERS: dict[str, Any] = {
    "samplers": ["top_k", "penalties", "dry", "min_p", "top_p", "temperature"],
    "top_k": 100,
    "min_p": 0.08,
    "presence_penalty": 0.7,
    "frequency_penalty": 0.2,
    "repeat_last_n": 256,
    "dry_multiplier": 1.0,
    "dry_base": 1.75,
    "dry_allowed_length": 2,
    "dry_penalty_last_n": CONTEXT,
    "dry_sequence_breakers": ["\n", '"'],
}
"""Sampling that the reader does not set.

A small model falls into circles: DRY (https://github.com/oobabooga/text-generation-webui/pull/5677)
makes a run of words less likely the longer it has stood before, the presence penalty a word that
was used. Cutting off the unlikely (min-p, https://arxiv.org/abs/2407.01082) comes before the
temperature, so that a high temperature makes a poem bolder and not broken. The hundred likeliest
are picked first: penalties over all 42,000 tokens cost 5 to 10 % of the speed.
"""


class LlamaCpp:
    """An engine on a GGUF file.

    `base` is the model, `slots` how many lanes can be open at once, `threads` how many threads
    compute (0: one a processor). Loading takes under a second for the embedded base.
    """

    name = "llamacpp"

    def __init__(self, base: Base, *, slots: int = 8, threads: int = 0) -> None:
        self.base = base
        self.slots = slots
        self._threads = threads or _processors()
        self._check_memory(slots)
        self._shared = _Server(base.path, slots=slots, threads=self._threads)
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(slots):
            self._free.put(slot)
        self._open: set[LlamaCppLane] = set()
        self._opening = threading.Lock()
        self._apart: _Server | None = None
        self._apart_turn = threading.Lock()

    @contextmanager
    def lane(self, *, preamble: str = "", apart: bool = False) -> Iterator["LlamaCppLane"]:
        """Open a lane, waiting until one is free.

        A lane `apart` has a server of its own, loaded on the first call, and is never disturbed.
        """
        if apart and self.slots > 1:
            with self._apart_turn:
                if self._apart is None:
                    self._check_memory(1)
                    self._apart = _Server(self.base.path, slots=1, threads=self._threads)
                lane = LlamaCppLane(self._apart, slot=0)
                lane.begin(preamble)
                yield lane
            return
        slot = self._free.get()
        lane = LlamaCppLane(self._shared, slot=slot)
        try:
            with self._opening:
                lane.alone = not self._open
                for other in self._open:
                    other.alone = False
                self._open.add(lane)
            lane.begin(preamble)
            yield lane
        finally:
            with self._opening:
                self._open.discard(lane)
            self._free.put(slot)

    def tokenize(self, text: str) -> list[int]:
        """The token numbers of `text`, read as plain text."""
        return self._shared.tokenize(text)

    def detokenize(self, tokens: list[int]) -> str:
        """The text of token numbers."""
        return self._shared.detokenize(tokens)

    def close(self) -> None:
        """Unload the model."""
        self._shared.close()
        if self._apart is not None:
            self._apart.close()

    def _check_memory(self, slots: int) -> None:
        needed = self.base.path.stat().st_size + COMMON_BYTES + slots * LANE_BYTES
        free = psutil.virtual_memory().available
        if needed > free:
            raise NotEnoughMemory(
                f"The model needs {needed >> 20} MB of memory and {free >> 20} MB are free: "
                "close something, or set DUENDE_SLOTS lower."
            )


class LlamaCppLane:
    """A slot of a server, held by one poem."""

    def __init__(self, server: "_Server", *, slot: int) -> None:
        self.alone = True
        self._server = server
        self._slot = slot
        self._begun = False

    def begin(self, preamble: str) -> None:
        """Put what was thought of `preamble` into the slot, and think of it first if need be."""
        if preamble:
            self._begun = True
            if not self._server.restore(self._slot, preamble):
                self._server.read(self._slot, preamble)
                if self.alone:  # else the numbers depend on who else was writing
                    self._server.save(self._slot, preamble)

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        """Yield what follows `prompt`; see `duende.composer.engine.Lane`."""
        tokens = self._server.tokenize(prompt)
        room = CONTEXT - len(tokens) - 2
        if room < LEAST_ROOM:
            raise ContextFull(
                f"This takes {len(tokens)} of {CONTEXT} tokens: begin with a shorter line."
            )
        request = {
            **SAMPLERS,
            "prompt": [*self._server.begin, *tokens],
            "max_tokens": min(max_tokens, room),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed % RANDOM_SEED,
            "stream": True,
            "id_slot": self._slot,
            "cache_prompt": self._begun,
            "ignore_eos": not sampling.may_end,
            "logit_bias": self._server.bias(may_end=sampling.may_end),
        }
        self._begun = True
        return self._server.complete(request)


class _Server:
    """llama.cpp's server: loads a model, completes requests, counts tokens."""

    def __init__(self, path: Path, *, slots: int, threads: int) -> None:
        xllamacpp = _import_xllamacpp()
        self._saved: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="duende-engine-")
        key = secrets.token_urlsafe(32)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_parallel = slots
        parameters.n_ctx = slots * CONTEXT
        parameters.n_batch = parameters.n_ubatch = PROMPT_BATCH
        parameters.kv_unified = False
        parameters.swa_full = True  # else a lane's cache cannot go back to an earlier line
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        parameters.cache_ram_mib = 0
        parameters.n_ctx_checkpoints = 0
        parameters.ctx_shift = False
        parameters.endpoint_slots = parameters.endpoint_props = parameters.endpoint_metrics = False
        parameters.ui = False
        parameters.api_keys = [key]
        parameters.verbosity = -1
        parameters.slot_save_path = f"{self._folder.name}/"
        socket = Path(self._folder.name, "engine.sock")
        if os.name == "posix":
            parameters.hostnames = [str(socket)]
            transport, address = (
                httpx2.HTTPTransport(uds=str(socket), limits=NO_KEEPING),
                "http://engine",
            )
        try:
            self._server = xllamacpp.Server(parameters)
        except RuntimeError as error:
            raise EngineError(f"llama.cpp could not load {path}: {error}") from error
        if os.name != "posix":
            transport, address = httpx2.HTTPTransport(), self._server.listening_address
        self._client = httpx2.Client(
            transport=transport,
            base_url=address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=SERVER_PATIENCE_SECONDS,
        )
        self.begin: list[int] = self._ask("/tokenize", content="", add_special=True)["tokens"][:1]
        breaks = [self.tokenize("\n" * count) for count in range(1, 5)]
        # Another base may have no token of its own for several line breaks.
        self._line_break, *self._blank = [each[-1] for each in breaks if len(each) == 1] or [-1]

    def bias(self, *, may_end: bool) -> list[list[float | bool]]:
        """What makes up for the penalty on line breaks, and bans blank lines on request."""
        banned: list[list[float | bool]] = [[token, False] for token in self._blank]
        return [[self._line_break, LINE_BREAK_BIAS], *([] if may_end else banned)]

    def tokenize(self, text: str) -> list[int]:
        answer = self._ask("/tokenize", content=text, add_special=False, parse_special=False)
        tokens: list[int] = answer["tokens"]
        return tokens

    def detokenize(self, tokens: list[int]) -> str:
        text: str = self._ask("/detokenize", tokens=tokens)["content"]
        return text

    def read(self, slot: int, text: str) -> None:
        """Read `text` into a slot, from nothing."""
        request = {
            "prompt": [*self.begin, *self.tokenize(text)],
            "max_tokens": 0,
            "stream": True,
            "id_slot": slot,
            "cache_prompt": False,
        }
        for _ in self.complete(request):
            pass

    def save(self, slot: int, text: str) -> None:
        """Keep the state of a slot that has read `text`."""
        name = f"preamble-{len(self._saved)}"
        self._ask(f"/slots/{slot}?action=save", filename=name)
        self._saved[text] = name

    def restore(self, slot: int, text: str) -> bool:
        """Put the state of having read `text` into a slot, if it was kept."""
        if text not in self._saved:
            return False
        self._ask(f"/slots/{slot}?action=restore", filename=self._saved[text])
        return True

    def complete(self, request: dict[str, Any]) -> Iterator[str]:
        """Yield the pieces of a completion; closing this iterator cancels it."""
        pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        stopped = threading.Event()

        def receive(chunk: dict[str, Any]) -> bool:
            # An exception raised here would be swallowed: it is passed on instead.
            try:
                for piece in _pieces(chunk):
                    pieces.put(piece)
            except EngineError as error:
                pieces.put(error)
                return True
            # A program that ends in the middle of a poem must not wait for its end.
            return stopped.is_set() or not threading.main_thread().is_alive()

        def work() -> None:
            try:
                self._server.handle_completions(request, receive)
            except Exception as error:
                pieces.put(EngineError(f"llama.cpp failed: {error}"))
            pieces.put(None)

        thread = threading.Thread(target=work, name="duende-lane")
        thread.start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            stopped.set()
            thread.join()

    def close(self) -> None:
        self._client.close()
        self._server = None
        self._folder.cleanup()

    def _ask(self, path: str, **body: Any) -> dict[str, Any]:
        try:
            response = self._client.post(path, json=body)
        except httpx2.HTTPError as error:
            raise EngineError(f"llama.cpp does not answer: {error}") from error
        if response.is_error:
            raise EngineError(f"llama.cpp refused {path}: {response.text}")
        answer: dict[str, Any] = response.json()
        return answer


def _pieces(chunk: dict[str, Any]) -> Iterator[str]:
    if "error" in chunk:
        raise EngineError(f"llama.cpp refused the request: {chunk['error'].get('message')}")
    for choice in chunk.get("choices", ()):
        if choice.get("text"):
            yield choice["text"]
        if choice.get("finish_reason") == "stop":
            yield END_OF_TEXT


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _import_xllamacpp() -> ModuleType:
    if "OMP_WAIT_POLICY" not in os.environ:
        # libgomp reads it when it is loaded, which is now.
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    try:
        import xllamacpp
    except ImportError as error:
        if "libgomp" in str(error):
            raise EngineMissing(
                "llama.cpp needs libgomp: apt-get install libgomp1 (or your system's name for it)."
            ) from error
        raise EngineMissing(
            "The engine is not installed: pip install 'duende[embedded]'."
        ) from error
    module: ModuleType = xllamacpp
    return module
