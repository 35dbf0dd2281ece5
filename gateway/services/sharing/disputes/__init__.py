"""Corrections of shared records: reported, answered, told."""
