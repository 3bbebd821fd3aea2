"""Formats of English as written in Israel."""
