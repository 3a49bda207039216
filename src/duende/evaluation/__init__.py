"""A voice and its poems, measured: each figure beside the same figure of poems by people."""
