"""Fixtures of the server's tests."""

from kesher.records.tests.conftest import father

__all__ = ["father"]
