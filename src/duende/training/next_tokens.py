"""Asks llama.cpp what comes next: token numbers go in, log-probabilities come out.

The engine of the composer samples and never shows a probability; here nothing is sampled. It is
how a file is compared with the model that it was made from.
"""

import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2

from duende.errors import EngineMissing, TrainingError

CONTEXT = 512
"""Tokens of the longest text that is asked about."""
LIKELIEST = 20
"""How many of the likeliest tokens are told at each place."""
PATIENCE_SECONDS = 120


class NextTokens:
    """A GGUF model in llama.cpp, with an adapter or without; close it, or use it with `with`.

    Raises `TrainingError` where llama.cpp cannot load the files, and `EngineMissing` where it is
    not installed.
    """

    def __init__(self, model: Path, *, adapter: Path | None = None, threads: int = 2) -> None:
        xllamacpp = _import_xllamacpp()
        self._folder = tempfile.TemporaryDirectory(prefix="duende-export-")
        key = secrets.token_urlsafe(32)
        parameters = _parameters(xllamacpp, model, adapter, threads=threads)
        parameters.api_keys = [key]
        socket = Path(self._folder.name, "engine.sock")
        if os.name == "posix":  # a socket in a private folder, no port
            parameters.hostnames = [str(socket)]
        try:
            self._server = xllamacpp.Server(parameters)
        except RuntimeError as error:
            self._folder.cleanup()
            with_adapter = f" with {adapter}" if adapter else ""
            raise TrainingError(f"llama.cpp could not load {model}{with_adapter}.") from error
        on_posix = os.name == "posix"
        self._client = httpx2.Client(
            transport=httpx2.HTTPTransport(uds=str(socket) if on_posix else None),
            base_url="http://engine" if on_posix else self._server.listening_address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE_SECONDS,
        )

    def __enter__(self) -> "NextTokens":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the model."""
        self._client.close()
        self._server = None
        self._folder.cleanup()

    def tokenize(self, text: str, *, begin: bool = True) -> list[int]:
        """The token numbers of `text`, read as plain text, after the model's own beginning."""
        answer = self._ask("/tokenize", content=text, add_special=begin, parse_special=False)
        tokens: list[int] = answer["tokens"]
        return tokens

    def likeliest(self, tokens: Sequence[int]) -> dict[int, float]:
        """The tokens that are likeliest to follow, with their natural log-probabilities."""
        answer = self._ask(
            "/completion",
            prompt=list(tokens),
            n_predict=1,
            n_probs=LIKELIEST,
            temperature=0,
            cache_prompt=True,  # the texts are read place by place
        )
        (place,) = answer["completion_probabilities"]
        return {each["id"]: each["logprob"] for each in place["top_logprobs"]}

    def _ask(self, path: str, **body: Any) -> dict[str, Any]:
        try:
            response = self._client.post(path, json=body)
        except httpx2.HTTPError as error:
            raise TrainingError(f"llama.cpp does not answer: {error}") from error
        if response.is_error:
            raise TrainingError(f"llama.cpp refused {path}: {response.text}")
        answer: dict[str, Any] = response.json()
        return answer


def _parameters(xllamacpp: Any, model: Path, adapter: Path | None, *, threads: int) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    if adapter is not None:
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    parameters.n_parallel = 1
    parameters.n_ctx = CONTEXT
    parameters.n_batch = parameters.n_ubatch = 256
    parameters.kv_unified = False
    parameters.swa_full = True
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cache_ram_mib = 0
    parameters.n_ctx_checkpoints = 0
    parameters.ctx_shift = False
    parameters.endpoint_slots = parameters.endpoint_props = parameters.endpoint_metrics = False
    parameters.ui = False
    parameters.verbosity = -1
    return parameters


def _import_xllamacpp() -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise EngineMissing(
            "llama.cpp is not installed, and an export is checked with it: "
            "pip install 'duende[embedded]'."
        ) from error
    return xllamacpp
