"""Formats of Russian as written in Israel."""
