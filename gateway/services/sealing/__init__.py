"""Sealing documents: asked for, approved, done by a key here or a platform, verified, released, and accounted for."""
