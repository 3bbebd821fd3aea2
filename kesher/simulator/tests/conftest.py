"""Fixtures of the simulator's tests."""

from kesher.site.tests.conftest import intake, simulator

__all__ = ["intake", "simulator"]
