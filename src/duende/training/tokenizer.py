"""A tokenizer of one's own: byte-level BPE learnt from the poems, for a model from scratch.

Texts go in, a folder that transformers reads comes out. It splits words as GPT-2 does (Radford
and others, "Language Models are Unsupervised Multitask Learners", 2019), so that llama.cpp can too.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

END = "<|endoftext|>"


def make_tokenizer(texts: Iterable[str], folder: Path, *, size: int, context: int) -> None:
    """Learn a vocabulary of at most `size` tokens from `texts` and keep it in `folder`.

    One that is there already stays: what was prepared with it must still mean the same.
    `context` is how many tokens the model will see.
    """
    if (folder / "tokenizer.json").is_file():
        return
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    untyped: Any = PreTrainedTokenizerFast
    untyped(
        tokenizer_object=tokenizer, eos_token=END, bos_token=END, model_max_length=context
    ).save_pretrained(folder)
