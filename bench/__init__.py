"""Benchmarks: `python3 run.py bench`; the frame, the suites, and the results of quiet machines in ``results``."""
