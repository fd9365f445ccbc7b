"""Ours and the peers, in one run: ``python -m benchmarks search``."""
