"""Data sharing: requests, decisions, grants and disputes, a verb each."""
