"""The loop: rows of tokens go by, a model learns, and what it has learnt is measured on the way.

It knows steps, rates and losses, and nothing of poems. One process or several (`accelerate
launch`) compute the same steps: each takes its rows of a batch, and the loss is divided by the
tokens of the whole batch.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.nn import Module

from duende.training import checkpoints
from duende.training.checkpoints import Progress
from duende.training.interrupts import Interrupted, asked_of_any
from duende.training.recipe import Schedule
from duende.training.rows import Rows, TokenisedPoem

LEAST_RATE = 0.1
"""The share of the rate that is left at the end."""
BETAS = (0.9, 0.99)
"""AdamW's: the usual 0.999 remembers a thousand steps, more than a short run has."""
IGNORED = -100
MEASURED_TOKENS = 2048
"""How many tokens are measured at once."""

Kind = str
"""A kind of poem that is measured apart: `en free`, `es coded`."""


@dataclass(frozen=True)
class Step:
    """What is told after a step: nats a token, the rate, tokens a second, seconds left."""

    progress: Progress
    steps: int
    loss: float
    rate: float
    tokens_a_second: float
    seconds_left: float


def count_steps(rows: Rows, schedule: Schedule) -> int:
    """How many steps the rows make: the last one may be short."""
    return max(1, math.ceil(len(rows) / rows_a_step(schedule)))


def rows_a_step(schedule: Schedule) -> int:
    """How many rows a step sees."""
    return schedule.batch_tokens // schedule.row_tokens


def rate_at(step: int, steps: int, schedule: Schedule) -> float:
    """The learning rate of a step (0 is the first): a rise, then a cosine down to a tenth.

    >>> schedule = Schedule(rate=1.0, warmup=0.1)
    >>> [round(rate_at(step, 100, schedule), 2) for step in (0, 9, 10, 55, 99)]
    [0.1, 1.0, 1.0, 0.55, 0.1]
    """
    rising = max(1, round(schedule.warmup * steps))
    if step < rising:
        return schedule.rate * (step + 1) / rising
    done = (step - rising) / max(1, steps - rising)
    wave = (1 + math.cos(math.pi * done)) / 2
    return schedule.rate * (LEAST_RATE + (1 - LEAST_RATE) * wave)


def train(
    model: Any,
    rows: Rows,
    validation: Mapping[Kind, Sequence[TokenisedPoem]],
    schedule: Schedule,
    *,
    folder: Path,
    run: str,
    keep_best: Callable[[Any], None],
    tell: Callable[[Step], None] = lambda step: None,
    measured: Callable[[Progress], None] = lambda progress: None,
    stop_after: int = 0,
) -> Progress:
    """Train `model` on `rows`, going on from the checkpoint in `folder` if there is one.

    `run` names what is trained (see `checkpoints.save`). `keep_best` is called with the model
    whenever the validation poems have become likelier, and at each measurement where there are
    none; `tell` after every step and `measured` after every measurement. `stop_after` ends this
    call after so many steps of the whole, with a checkpoint.

    Ctrl-C (or SIGTERM) ends it after the step that is being done, with a checkpoint, as
    `KeyboardInterrupt`.
    Raises `TrainingError` where a checkpoint cannot be taken up.
    """
    import torch
    from accelerate import Accelerator

    half = schedule.half and _has_half()
    # Half precision is ours: accelerate allows a process one kind of it for all its life.
    accelerator = Accelerator(mixed_precision="no")
    steps, size = count_steps(rows, schedule), rows_a_step(schedule)
    optimiser = torch.optim.AdamW(
        [each for _, each in checkpoints.learning(model)],
        lr=schedule.rate,
        betas=BETAS,
        weight_decay=schedule.weight_decay,
    )
    model.to(accelerator.device)
    progress = checkpoints.restore(folder, model, optimiser, run) or Progress()
    taught = _Loss(model, compiled=schedule.compile)
    wrapped, optimiser = accelerator.prepare(taught, optimiser)
    kept = begun = time.monotonic()
    first, seconds_before = progress.step, progress.seconds

    def keep() -> None:
        if accelerator.is_main_process:
            checkpoints.save(folder, model, optimiser.optimizer, progress, run)

    def measure() -> None:
        found = _measured(accelerator, model, validation, half=half)
        progress.validation.append({"step": progress.step, **found})
        mean = sum(found.values()) / max(1, len(found))
        # With no poem to judge by, the latest is the best.
        if mean < progress.best or not found:
            progress.best, progress.best_step, progress.worse = mean, progress.step, 0
            if accelerator.is_main_process:
                keep_best(model)
        else:
            progress.worse += 1
        measured(progress)

    model.train()
    if not progress.validation:
        measure()
    interrupted = Interrupted()
    leaving = False
    while progress.step < steps and not leaving:
        step = progress.step
        torch.manual_seed(
            (schedule.seed * 1_000_003 + step) * accelerator.num_processes
            + accelerator.process_index
        )
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, steps, schedule)
        batch = range(step * size, min(len(rows), (step + 1) * size))
        loss = _learn(accelerator, wrapped, rows, batch, schedule, half=half)
        accelerator.clip_grad_norm_(wrapped.parameters(), schedule.clip)
        optimiser.step()
        optimiser.zero_grad()
        now = time.monotonic()
        progress.step += 1
        progress.tokens += len(batch) * schedule.row_tokens
        progress.seconds = seconds_before + now - begun
        rate = rate_at(step, steps, schedule)
        progress.curve.append({"step": step, "tokens": progress.tokens, "loss": loss, "rate": rate})
        a_second = (progress.step - first) * schedule.batch_tokens / max(1e-9, now - begun)
        left = (steps - progress.step) * (now - begun) / (progress.step - first)
        tell(Step(progress, steps, loss, rate, a_second, left))
        leaving = asked_of_any(accelerator, bool(interrupted))
        last = progress.step == steps
        if last or progress.step % schedule.evaluate_every == 0:
            measure()
            if schedule.patience and progress.worse >= schedule.patience:
                break
        if not last and progress.step == stop_after:
            break
        if time.monotonic() - kept > 60 * schedule.checkpoint_minutes:
            keep()
            kept = time.monotonic()
    interrupted.restore()
    keep()
    accelerator.end_training()
    if leaving:
        raise KeyboardInterrupt
    return progress


def _learn(
    accelerator: Any,
    wrapped: Any,
    rows: Rows,
    batch: Sequence[int],
    schedule: Schedule,
    *,
    half: bool,
) -> float:
    """Compute the gradients of one batch; return its mean loss in nats a token."""
    import torch

    learnt = max(1, int(rows.learnt[list(batch)].sum()))
    # Every process takes as many turns, so that nobody waits for gradients that never come.
    turns = math.ceil(len(batch) / accelerator.num_processes)
    own = list(batch[accelerator.process_index :: accelerator.num_processes])
    idle = turns - len(own)
    chunks = _chunks(own + own[:1] * idle or [0] * turns, schedule.rows_at_once)
    total = torch.zeros((), device=accelerator.device)
    share = accelerator.num_processes / learnt  # gradients are averaged over the processes
    at = 0
    for number, chunk in enumerate(chunks):
        inputs, labels, places = _inputs(rows, chunk, accelerator.device)
        labels[max(0, len(own) - at) :] = IGNORED
        at += len(chunk)
        with nullcontext() if number == len(chunks) - 1 else accelerator.no_sync(wrapped):
            with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=half):
                loss = wrapped(inputs, labels, places)
            accelerator.backward(loss * share)
        total += loss.detach().float()
    return float(accelerator.reduce(total, reduction="sum")) / learnt


def _chunks(numbers: Sequence[int], size: int) -> list[Sequence[int]]:
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]


def _inputs(rows: Rows, numbers: Sequence[int], device: Any) -> tuple[Any, Any, Any]:
    """The tokens, what follows each (where it is learnt) and the places of some rows."""
    import torch

    chosen = list(numbers)
    tokens = torch.from_numpy(rows.tokens[chosen].astype("int64"))
    places = torch.from_numpy(rows.places[chosen].astype("int64"))
    labels = torch.full_like(tokens, IGNORED)
    follows = torch.from_numpy(rows.learnt[chosen][:, 1:])
    labels[:, :-1][follows] = tokens[:, 1:][follows]
    return tokens.to(device), labels.to(device), places.to(device)


def _measured(
    accelerator: Any, model: Any, poems: Mapping[Kind, Sequence[TokenisedPoem]], *, half: bool
) -> dict[Kind, float]:
    """`bits_per_byte`, of which each process computes its share of the poems.

    All of them come to the same figures, and so to the same best step and the same end.
    """
    device, processes = accelerator.device, accelerator.num_processes
    if processes == 1:
        return bits_per_byte(model, poems, device=device, half=half)
    import torch

    kinds = [kind for kind, some in poems.items() if some]
    own = [poems[kind][accelerator.process_index :: processes] for kind in kinds]
    nats = torch.tensor(
        [sum(nats_of(model, some, device=device, half=half)) for some in own],
        dtype=torch.float32,
        device=device,
    )
    total = dict(zip(kinds, accelerator.reduce(nats).tolist(), strict=True))
    return {kind: _bits(nats, poems[kind]) for kind, nats in total.items()}


def bits_per_byte(
    model: Any,
    poems: Mapping[Kind, Sequence[TokenisedPoem]],
    *,
    device: Any = "cpu",
    half: bool = False,
) -> dict[Kind, float]:
    """How many bits the model needs for a byte of verse, for each kind of poem.

    -log2 of the probability of the verse (not of header, codes and end), over its UTF-8 bytes:
    the same for every tokenizer.
    """
    return {
        kind: _bits(sum(nats_of(model, some, device=device, half=half)), some)
        for kind, some in poems.items()
        if some
    }


def _bits(nats: float, poems: Sequence[TokenisedPoem]) -> float:
    return nats / math.log(2) / max(1, sum(poem.bytes for poem in poems))


def nats_of(
    model: Any, poems: Sequence[TokenisedPoem], *, device: Any = "cpu", half: bool = False
) -> list[float]:
    """What the verse of each poem costs, in nats, given all that stands before it."""
    import torch

    taught = _Loss(model)
    was_training = model.training
    model.eval()
    order = sorted(range(len(poems)), key=lambda number: len(poems[number].tokens))
    found = [0.0] * len(poems)
    with torch.no_grad(), torch.autocast(str(device).split(":")[0], torch.bfloat16, enabled=half):
        while order:
            longest = len(poems[order[-1]].tokens)
            some = [order.pop() for _ in range(min(len(order), MEASURED_TOKENS // longest or 1))]
            # Padding at the end changes nothing before it: each token sees only earlier ones.
            tokens = torch.zeros((len(some), longest), dtype=torch.int64)
            labels = torch.full_like(tokens, IGNORED)
            for row, number in enumerate(some):
                poem = poems[number]
                told = torch.tensor(poem.tokens)
                tokens[row, : len(told)] = told
                follows = torch.tensor(poem.verse[1:])
                labels[row, : len(told) - 1][follows] = told[1:][follows]
            costs = taught.each(tokens.to(device), labels.to(device)).sum(dim=1)
            for number, nats in zip(some, costs.tolist(), strict=True):
                found[number] = nats
    model.train(was_training)
    return found


class _Loss(Module):
    """A model that answers with its loss, so that processes can share it.

    Gradients pass through a module's `forward` where several processes learn together. The head is
    computed where something is learnt alone, and in pieces: logits over the whole vocabulary
    would take more memory, and a quarter of the time.
    """

    def __init__(self, model: Any, *, compiled: bool = False) -> None:
        import torch

        super().__init__()
        self.model = model
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        body = getattr(inner, inner.base_model_prefix)
        # Neither is learnt a second time under another name.
        self._body = [torch.compile(body, dynamic=False) if compiled else body]
        self._inner = [inner]

    def forward(self, tokens: Any, labels: Any, places: Any) -> Any:
        """The sum of the losses of what is learnt, in nats."""
        from torch.nn import LinearCrossEntropyOptions
        from torch.nn.functional import cross_entropy, linear_cross_entropy

        hidden = self._hidden(tokens, places)
        chosen = labels != IGNORED
        head = self._inner[0].get_output_embeddings()
        hidden, targets = hidden[chosen], labels[chosen]
        if _is_linear(self._inner[0].config) and head.bias is None:
            return linear_cross_entropy(
                hidden.to(head.weight.dtype),
                head.weight,
                targets,
                reduction="sum",
                options=LinearCrossEntropyOptions(),
            )
        return cross_entropy(self._logits(hidden).float(), targets, reduction="sum")

    def each(self, tokens: Any, labels: Any) -> Any:
        """The loss of every token, 0 where it does not count."""
        from torch.nn.functional import cross_entropy

        hidden = self._hidden(tokens, None)
        chosen = labels != IGNORED
        logits = self._logits(hidden[chosen]).float()
        costs = hidden.new_zeros(labels.shape, dtype=logits.dtype)
        costs[chosen] = cross_entropy(logits, labels[chosen], reduction="none")
        return costs

    def _hidden(self, tokens: Any, places: Any) -> Any:
        given = {} if places is None else {"position_ids": places}
        return self._body[0](input_ids=tokens, use_cache=False, **given).last_hidden_state

    def _logits(self, hidden: Any) -> Any:
        head, config = self._inner[0].get_output_embeddings(), self._inner[0].config
        logits = head(hidden.to(head.weight.dtype))
        bound = getattr(config, "final_logit_softcapping", None)
        return logits if not bound else bound * (logits / bound).tanh()


def _is_linear(config: Any) -> bool:
    return not getattr(config, "final_logit_softcapping", None)


def _has_half() -> bool:
    """Whether this machine multiplies in bfloat16 faster than in 32 bits."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    found = (torch.cpu._is_avx512_bf16_supported(), torch.cpu._is_amx_tile_supported())
    return any(found)
