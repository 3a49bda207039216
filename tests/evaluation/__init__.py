"""The evaluation's tests."""
