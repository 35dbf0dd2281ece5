"""Requests and grants at exchanges: forwarded, followed, reconciled."""
