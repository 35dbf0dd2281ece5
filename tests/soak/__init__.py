"""Long runs: load, chaos, faults and replicas, with real processes; `python3 run.py soak`."""
