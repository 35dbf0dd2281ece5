"""The parts of `run.py soak fuzz`: readers that are fuzzed, changes that know their formats, a process for each."""
