"""`yiwang demo`: sandbox and gateway on an empty machine, a walk through the main jobs, and everything left up."""
