"""Benchmarks: what they print is measured in that run, against a peer or a physical limit of the same run."""
