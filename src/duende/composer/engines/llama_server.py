"""llama.cpp's server as a library: one model, its adapters, its slots. Knows nothing of poems.

What is wrapped here, and why:

- What every prompt begins with (the preamble) is read once and kept in a file; a lane opens by
  putting it back into its slot, whole, so that nothing left there plays a part. That takes 2 ms
  where reading two example poems takes 400.
- A state belongs to the adapter that it was thought with. A slot whose last text was written with
  another drops what it holds at the next request, so it is told first, with one token.
- Prompts are sent as token numbers, read as plain text: a reader who types `<eos>` typed a word.
- What a text must begin with is a grammar of token numbers. One of letters would let a word be
  spelt in pieces that the model never saw it in.
- The server insists on listening; it gets a socket in a private folder and a random key.
- Only requests that we build go in, and never more than there are slots: a queued request cannot
  be cancelled.
"""

import os
import queue
import secrets
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2

from duende.composer.engine import Piece, Sampling
from duende.composer.engines.drawing import as_parameters
from duende.composer.engines.grammar import grammar
from duende.errors import ContextFull, EngineError, EngineMissing
from duende.voice.prompts import END_OF_TEXT

LEAST_ROOM = 24
"""Tokens that must be left for a line."""
LINE_BREAK_BIAS = 1.2
"""Added to the logit of a line break, which the penalties on repetition would make rare."""
SERVER_PATIENCE_SECONDS = 60
NO_KEEPING = httpx2.Limits(max_keepalive_connections=0)  # the server may close what is kept
PROMPT_BATCH = 256
"""Tokens of a prompt that are computed at once; more costs memory and is no faster on two cores."""
SPINS = "1000"
"""How long a thread that waits for the other keeps its processor busy before it sleeps.

libgomp's own 300,000 starves the thread that it waits for as soon as anything else runs: two
processes on two cores then write 8 to 24 tokens/s each, against some 33 with this; alone it costs
nothing (docs/log.md, 2026-11-22).
"""

LIKELY = 2000
"""Tokens that are weighed for what a text may go on with: to write them all down takes 25 ms."""
UNLIKELY = -14.0
"""What the first token of a text that is not among them is taken to cost (nats)."""
FURTHER = -1.5
"""What a token within a word is taken to cost (nats)."""


class LlamaServer:
    """A model at `path` with `adapters` (GGUF files), each slot with a context of its own.

    Raises `EngineMissing` where xllamacpp is not installed, `EngineError` where it cannot load.
    """

    def __init__(
        self,
        path: Path,
        *,
        slots: int,
        threads: int,
        context: int,
        adapters: Sequence[Path] = (),
    ) -> None:
        xllamacpp = _import_xllamacpp()
        self.context = context
        self._adapters = len(adapters)
        self._worn: dict[int, int | None] = {}
        self._saved: dict[tuple[str, int | None], str] = {}
        self._tokens: dict[str, list[int]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="duende-engine-")
        key = secrets.token_urlsafe(32)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.lora_adapters = [
            xllamacpp.CommonAdapterLoraInfo(str(adapter), 0.0) for adapter in adapters
        ]
        parameters.n_parallel = slots
        parameters.n_ctx = slots * context
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
            raise EngineError(
                f"llama.cpp could not load {', '.join(map(str, (path, *adapters)))}: {error}"
            ) from error
        if os.name != "posix":
            transport, address = httpx2.HTTPTransport(), self._server.listening_address
        self._client = httpx2.Client(
            transport=transport,
            base_url=address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=SERVER_PATIENCE_SECONDS,
        )
        # Not every tokenizer begins a text with a token of its own.
        self.begin: list[int] = self._ask("/tokenize", content="", add_special=True)["tokens"][:1]
        breaks = [self.tokenize("\n" * count) for count in range(1, 5)]
        # Another base may have no token of its own for several line breaks.
        self._line_break, *self._blank = [each[-1] for each in breaks if len(each) == 1] or [-1]

    def tokenize(self, text: str) -> list[int]:
        """The token numbers of `text`, read as plain text."""
        answer = self._ask("/tokenize", content=text, add_special=False, parse_special=False)
        tokens: list[int] = answer["tokens"]
        return tokens

    def detokenize(self, tokens: list[int]) -> str:
        """The text of token numbers."""
        text: str = self._ask("/detokenize", tokens=tokens)["content"]
        return text

    def begin_with(self, preamble: str, *, slot: int, adapter: int | None, keep: bool) -> None:
        """Put what was thought of `preamble` into a slot, thinking of it first if need be.

        `keep` says whether such a first thought may be kept for others.
        """
        saved = self._saved.get((preamble, adapter))
        if saved is None:
            self._read(slot, preamble, adapter)
            if keep:
                self._save(slot, preamble, adapter)
            return
        self._restore(slot, saved, adapter)

    def copy(self, slot: int, others: Sequence[int], *, adapter: int | None) -> None:
        """Put what a slot has read into others: 5 ms, where reading a line takes 60 in each."""
        name = f"slot-{slot}"
        self._ask(f"/slots/{slot}?action=save", filename=name)
        for other in others:
            self._restore(other, name, adapter)

    def continue_text(
        self,
        prompt: str,
        sampling: Sampling,
        *,
        max_tokens: int,
        slot: int,
        adapter: int | None,
        go_on: bool,
        weigh: bool = False,
    ) -> Generator[Piece]:
        """Yield what follows `prompt`; where `go_on`, from what the slot remembers of it.

        Pieces are weighed only on request: it takes time.
        """
        tokens = self._fitting(prompt)
        room = self.context - len(tokens) - 2
        self._worn[slot] = adapter
        return self._complete(
            {
                **as_parameters(sampling, context=self.context),
                "prompt": [*self.begin, *tokens],
                "max_tokens": min(max_tokens, room),
                "stream": True,
                "id_slot": slot,
                "cache_prompt": go_on,
                "logit_bias": self._bias(sampling),
                **({"logprobs": 1} if weigh else {}),
                **(
                    {"grammar": grammar(self._tokenize_each(sampling.beginnings))}
                    if sampling.beginnings
                    else {}
                ),
                **self._wearing(adapter),
            }
        )

    def weigh_beginnings(
        self,
        prompt: str,
        beginnings: Sequence[str],
        *,
        slot: int,
        adapter: int | None,
        go_on: bool,
    ) -> list[float]:
        """About how likely (nats) `prompt` goes on with each of `beginnings`.

        What is known of each is its first token, if it is one of the `LIKELY` ones; `FURTHER` is
        the guess at every other. One step of the model, where drawing them would take hundreds.
        """
        self._worn[slot] = adapter
        request = {
            "prompt": [*self.begin, *self._fitting(prompt)],
            "max_tokens": 1,
            "temperature": 0.0,
            "stream": True,
            "id_slot": slot,
            "cache_prompt": go_on,
            "logprobs": LIKELY,
            **self._wearing(adapter),
        }
        likely: dict[int, float] = {}

        def receive(chunk: dict[str, Any]) -> bool:
            for choice in chunk.get("choices", ()):
                for told in (choice.get("logprobs") or {}).get("content", ()):
                    likely.update((each["id"], each["logprob"]) for each in told["top_logprobs"])
            return False

        for _ in self._complete(request, receive):
            pass
        return [
            likely.get(first, UNLIKELY) + FURTHER * len(others)
            for first, *others in self._tokenize_each(beginnings)
        ]

    def close(self) -> None:
        """Unload the model."""
        self._client.close()
        self._server = None
        self._folder.cleanup()

    def _fitting(self, prompt: str) -> list[int]:
        """The token numbers of a prompt that leaves room for a line."""
        tokens = self.tokenize(prompt)
        if self.context - len(tokens) - 2 < LEAST_ROOM:
            raise ContextFull(
                f"This takes {len(tokens)} of {self.context} tokens: begin with a shorter line."
            )
        return tokens

    def _bias(self, sampling: Sampling) -> list[list[float | bool]]:
        """What makes up for the penalty on line breaks, and bans blank lines on request."""
        favoured: list[list[float | bool]] = [[self._line_break, LINE_BREAK_BIAS]]
        banned: list[list[float | bool]] = [[token, False] for token in self._blank]
        return [
            *(favoured if sampling.varied else ()),
            *(() if sampling.blank_lines else banned),
        ]

    def _tokenize_each(self, texts: Sequence[str]) -> list[list[int]]:
        """The token numbers of each text; all are asked for at once, a line each."""
        unknown = [text for text in texts if text not in self._tokens]
        found: list[list[int]] = [[]]
        for token in self.tokenize("\n".join(unknown)):
            if token == self._line_break:
                found.append([])
            else:
                found[-1].append(token)
        if len(found) != len(unknown):  # a line break that is one token with what stands by it
            found = [self.tokenize(text) for text in unknown]
        self._tokens.update(zip(unknown, found, strict=True))
        return [self._tokens[text] for text in texts]

    def _wearing(self, adapter: int | None) -> dict[str, Any]:
        """The part of a request that puts one adapter on and takes all others off."""
        if not self._adapters:
            return {}
        return {
            "lora": [
                {"id": number, "scale": float(number == adapter)}
                for number in range(self._adapters)
            ]
        }

    def _read(self, slot: int, text: str, adapter: int | None) -> None:
        """Read `text` into a slot, from nothing."""
        request = {
            "prompt": [*self.begin, *self.tokenize(text)],
            "max_tokens": 0,
            "stream": True,
            "id_slot": slot,
            "cache_prompt": False,
            **self._wearing(adapter),
        }
        for _ in self._complete(request):
            pass
        self._worn[slot] = adapter

    def _restore(self, slot: int, name: str, adapter: int | None) -> None:
        """Put a saved state into a slot."""
        if self._worn.get(slot) != adapter:
            self._read(slot, "\n", adapter)
        self._ask(f"/slots/{slot}?action=restore", filename=name)

    def _save(self, slot: int, text: str, adapter: int | None) -> None:
        """Keep the state of a slot that has read `text`."""
        name = f"preamble-{len(self._saved)}"
        self._ask(f"/slots/{slot}?action=save", filename=name)
        self._saved[text, adapter] = name

    def _complete(
        self, request: dict[str, Any], also: Callable[[dict[str, Any]], object] = bool
    ) -> Generator[Piece]:
        """Yield the pieces of a completion; closing this iterator cancels it.

        What the server tells goes to `also` too, in another thread.
        """
        pieces: queue.SimpleQueue[Piece | Exception | None] = queue.SimpleQueue()
        stopped = threading.Event()

        def receive(chunk: dict[str, Any]) -> bool:
            # An exception raised here would be swallowed: it is passed on instead.
            try:
                for piece in _pieces(chunk):
                    pieces.put(piece)
                also(chunk)
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

    def _ask(self, path: str, **body: Any) -> dict[str, Any]:
        try:
            response = self._client.post(path, json=body)
        except httpx2.HTTPError as error:
            raise EngineError(f"llama.cpp does not answer: {error}") from error
        if response.is_error:
            raise EngineError(f"llama.cpp refused {path}: {response.text}")
        answer: dict[str, Any] = response.json()
        return answer


def _pieces(chunk: dict[str, Any]) -> Iterator[Piece]:
    if "error" in chunk:
        raise EngineError(f"llama.cpp refused the request: {chunk['error'].get('message')}")
    for choice in chunk.get("choices", ()):
        told = choice.get("logprobs") or {}
        nats = sum(each["logprob"] for each in told.get("content", ()))
        if choice.get("text"):
            yield Piece(choice["text"], nats)
        if choice.get("finish_reason") == "stop":
            yield Piece(END_OF_TEXT, 0.0)


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
