"""Identifiers of people, bodies, places and licences: parsed, checked and masked, one module per kind."""
