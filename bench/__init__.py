"""Benchmarks: each compares its measurements with a peer or a physical limit of the same run."""
