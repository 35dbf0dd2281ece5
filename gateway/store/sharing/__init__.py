"""Data sharing in the database: the stores of ``gateway.core.sharing``, one module each."""
