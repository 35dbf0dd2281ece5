"""Manifests that ship, one folder a system."""
