"""What writes: the base model, its vocabulary, the voices, and how they are asked."""
