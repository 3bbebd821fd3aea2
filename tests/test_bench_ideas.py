"""A short run of the benchmark of proposals has no errors and few statements; `script/bench` checks the figures."""

from __future__ import annotations

import pytest

from bench.ideas import bench
from tests.test_bench import ONCE, with_tables

__all__ = ["with_tables"]  # for pytest


@ONCE
@pytest.mark.slow
def test_the_list_of_proposals_costs_few_statements_however_many_votes_there_are() -> None:
    found = bench(requests=24, ideas=120, votes=1200)
    assert (found["ideas"], found["votes"], found["counted"]) == (120, 1200, 1200)
    assert found["queries"] <= 8
    assert found["p95_ms"] < 5_000
