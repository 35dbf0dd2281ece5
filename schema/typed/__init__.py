"""Typed fields of resources: what the catalogue adds to the schema while the gateway runs, and nothing else does."""
