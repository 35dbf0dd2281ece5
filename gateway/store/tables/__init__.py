"""The tables, one module a topic, on the one ``metadata`` of ``base``."""
