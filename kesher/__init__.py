"""Kesher: one conversation with every citizen, on every channel."""
