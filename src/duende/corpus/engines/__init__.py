"""What runs the per-poem steps: the cores of this machine, or a Ray cluster."""
