"""Seals of bodies, who may use them for what, and the sealing of documents: values, rules and ports."""
