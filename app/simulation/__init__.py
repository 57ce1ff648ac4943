"""Synthetic cases with their whole history, for benchmarks, training and the demo office; invented people only."""
