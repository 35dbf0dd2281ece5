"""Proving the basis of a use, one module each: who it reaches and what narrows it."""
