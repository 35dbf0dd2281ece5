"""The composition root: ``running`` opens everything that the gateway needs, yields it, and closes it in reverse."""
