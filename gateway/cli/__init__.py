"""The `yiwang` command."""
