"""Shared records as files, page by page."""
