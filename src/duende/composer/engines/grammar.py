"""What a text must begin with, as a grammar for llama.cpp.

Token numbers go in, GBNF comes out. A grammar of letters would let a word be spelt in pieces that
the model never saw it in.
"""

from collections.abc import Iterable, Sequence

Tree = dict[int, "Tree"]
"""What may follow what: token numbers, each with those that may follow it."""
ANYTHING = -1
"""In a tree, where the text is free."""


def grammar(beginnings: Iterable[Sequence[int]]) -> str:
    """The grammar (GBNF) of the texts that begin with one of some runs of tokens.

    >>> grammar([[7, 8], [7, 9]])
    'root ::= <[7]> (<[8]> [^\\\\x03]* | <[9]> [^\\\\x03]*)'
    """
    tree: Tree = {}
    for tokens in beginnings:
        branch = tree
        for token in tokens:
            branch = branch.setdefault(token, {})
        branch[ANYTHING] = {}
    return f"root ::= {_alternatives(tree)}"


def _alternatives(tree: Tree) -> str:
    """A tree of token numbers as a rule of GBNF, `<[7]>` for the token 7."""
    if ANYTHING in tree:
        return r"[^\x03]*"
    written = [f"<[{token}]> {_alternatives(branch)}".strip() for token, branch in tree.items()]
    return written[0] if len(written) == 1 else f"({' | '.join(written)})"
