"""How an operation runs: documents are prepared once, then executed; errors leave in one form."""
