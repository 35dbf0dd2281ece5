"""Manifests: one YAML file that registers a system, checked offline with every finding at once."""
