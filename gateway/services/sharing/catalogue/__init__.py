"""The catalogue of resources: imported, searched, followed."""
