"""The loop: what is learnt and what is not, and that how it is computed changes nothing."""

import os
import signal
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from duende.training import loop
from duende.training.loop import Step
from duende.training.rows import pack
from training.small_runs import LENGTH, SCHEDULE, VOCABULARY, kept, learn, made_poems, made_rows
from training.small_runs import model as small_model


def small_gemma() -> torch.nn.Module:
    """A Gemma 3 of three layers, of which two see eight tokens back alone."""
    torch.manual_seed(0)
    return Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=16,
            sliding_window=8,
            layer_types=["sliding_attention", "sliding_attention", "full_attention"],
            max_position_embeddings=64,
        )
    )


@pytest.mark.parametrize("make", [small_model, small_gemma])
def test_poems_in_a_row_do_not_see_each_other(make: type[torch.nn.Module]) -> None:
    taught = loop._Loss(make().eval())
    poems = [made_poems(3, seed=5), made_poems(3, seed=6)]
    packed = [loop._inputs(pack(some, 3 * 16), [0], "cpu") for some in poems]
    tokens, _, places = (torch.cat(both) for both in zip(*packed, strict=True))
    with torch.no_grad():
        together = taught._logits(taught._hidden(tokens, places))
        bled = taught._logits(taught._hidden(tokens, None))
        for row, some in enumerate(poems):
            end = 0
            for number, poem in enumerate(some):
                alone = taught._logits(taught._hidden(torch.tensor([poem.tokens]), None))[0]
                at, end = end, end + len(poem.tokens)
                assert torch.allclose(together[row, at:end], alone, atol=1e-5)
                # Told nothing of where poems begin, the model lets them bleed into each other.
                assert number == 0 or not torch.allclose(bled[row, at:end], alone, atol=1e-3)


def test_the_loss_is_that_of_what_is_learnt_alone() -> None:
    """Not of headers, of what stands before another poem, or of padding; computed by hand."""
    model, rows = small_model().eval(), made_rows(2)
    inputs = loop._inputs(rows, [0, 1], "cpu")
    with torch.no_grad():
        loss = float(loop._Loss(model)(*inputs))
        logits = model(input_ids=inputs[0], position_ids=inputs[2], use_cache=False).logits
        odds = logits.log_softmax(dim=-1)
    by_hand = -sum(
        float(odds[row, at - 1, int(rows.tokens[row, at])])
        for row in range(2)
        for at in range(1, LENGTH)
        if rows.learnt[row, at]
    )
    assert not rows.learnt.all()
    assert loss == pytest.approx(by_hand, rel=1e-5)


def gradients(rows_at_once: int) -> torch.Tensor:
    model = small_model().eval()
    schedule = SCHEDULE.model_copy(update={"rows_at_once": rows_at_once})
    loop._learn(Accelerator(), loop._Loss(model), made_rows(4), range(4), schedule, half=False)
    return torch.cat([each.grad.flatten() for each in model.parameters()])


def test_rows_at_once_change_no_gradient() -> None:
    one, four = gradients(1), gradients(4)
    assert one.abs().max() > 1e-3
    assert (one - four).abs().max() < 1e-6


def size_of_gradients(folder: Path) -> float:
    """After one step AdamW's first moment is (1 - beta) of the gradient that it was given."""
    moments = [each for name, each in kept(folder).items() if name.startswith("exp_avg.")]
    return float(torch.cat([each.flatten() for each in moments]).norm()) / (1 - loop.BETAS[0])


@pytest.mark.parametrize("clip", [0.01, 0.1])
def test_gradients_are_clipped(tmp_path: Path, clip: float) -> None:
    learn(tmp_path, steps=1, schedule=SCHEDULE.model_copy(update={"clip": clip}))
    assert size_of_gradients(tmp_path) == pytest.approx(clip, rel=1e-3)


def test_gradients_that_are_small_enough_stay(tmp_path: Path) -> None:
    learn(tmp_path, steps=1, schedule=SCHEDULE.model_copy(update={"clip": 1e6}))
    assert 0.2 < size_of_gradients(tmp_path) < 100


def test_it_learns_and_keeps_the_best(tmp_path: Path) -> None:
    best: list[int] = []
    progress = learn(tmp_path, keep_best=lambda model: best.append(1))
    first, last = progress.validation[0], progress.validation[-1]
    assert last["en free"] < 0.8 * first["en free"]
    assert [row["step"] for row in progress.validation] == [0, 10, 20, 30, 40]
    assert progress.best_step == 40
    assert len(best) == 5


def test_without_poems_to_judge_by_the_latest_is_kept(tmp_path: Path) -> None:
    best: list[int] = []
    schedule = SCHEDULE.model_copy(update={"patience": 1})
    progress = learn(
        tmp_path,
        steps=20,
        schedule=schedule,
        validation={},
        keep_best=lambda model: best.append(1),
    )
    assert (progress.step, progress.best_step, len(best)) == (20, 20, 3)


def test_it_stops_when_it_becomes_no_better(tmp_path: Path) -> None:
    """With an absurd rate the poems become less likely at once: two measurements are enough."""
    schedule = SCHEDULE.model_copy(update={"rate": 3.0, "patience": 2, "evaluate_every": 2})
    best: list[int] = []
    progress = learn(tmp_path, schedule=schedule, keep_best=lambda model: best.append(1))
    assert (progress.step, progress.best_step, progress.worse) == (4, 0, 2)
    assert len(best) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_leaves_in_the_middle_goes_on_from_there(
    tmp_path: Path, number: signal.Signals
) -> None:
    before = signal.getsignal(number)

    def leave(step: Step) -> None:
        if step.progress.step == 3:
            os.kill(os.getpid(), number)

    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path / "left", steps=6, tell=leave)
    assert signal.getsignal(number) == before
    assert kept(tmp_path / "left")["step.transformer.wte.weight"] == 3
    gone_on = learn(tmp_path / "left", steps=6)
    whole = learn(tmp_path / "whole", steps=6)
    assert gone_on.curve == whole.curve
