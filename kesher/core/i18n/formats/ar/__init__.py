"""Formats of Arabic as written in Israel."""
