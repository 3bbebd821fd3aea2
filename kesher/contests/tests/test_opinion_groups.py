"""Opinion groups against those that Polis itself found, and against groups that we made up."""

from __future__ import annotations

import csv
import gzip
import time
from collections import Counter
from math import comb
from pathlib import Path

import numpy as np
import pytest

from kesher.contests.counting.opinion_groups import NOBODY, SAMPLE, Labels, OpinionMap, Votes, opinion_map
from kesher.contests.counting.representative_statements import common, marks

POLIS = Path(__file__).resolve().parents[4] / "shared/data/participation/polis"
CONVERSATIONS = sorted(path.name for path in POLIS.glob("*/") if (path / "participants-votes.csv.gz").exists())


def adjusted_rand(one: Labels, other: Labels) -> float:
    """How alike two groupings are: 1 the same, 0 as by chance (Hubert and Arabie, 1985)."""
    pairs = [sum(comb(n, 2) for n in Counter(part).values()) for part in (zip(one, other, strict=True), one, other)]
    chance = pairs[1] * pairs[2] / comb(len(one), 2)
    return (pairs[0] - chance) / ((pairs[1] + pairs[2]) / 2 - chance)


def export(name: str) -> tuple[Votes, int, Labels, Labels]:
    """A Polis export: votes on the statements that moderators left up, how many they took down, on how many each person
    voted in all, and Polis's group of each (NOBODY where it gave none)."""
    with (POLIS / name / "comments.csv").open(encoding="utf-8", newline="") as file:
        down = {row["comment-id"] for row in csv.DictReader(file) if row["moderated"] == "-1"}
    with gzip.open(POLIS / name / "participants-votes.csv.gz", "rt", encoding="utf-8", newline="") as packed:
        rows = list(csv.DictReader(packed))
    statements = [column for column in rows[0] if column.isdecimal()]
    shown = [column for column in statements if column not in down]
    cast = np.array([[float(row[one]) if row[one] else np.nan for one in statements] for row in rows])
    groups = np.array([int(row["group-id"]) if row["group-id"] else NOBODY for row in rows])
    votes = cast[:, [statements.index(one) for one in shown]]
    return votes, len(statements) - len(shown), (~np.isnan(cast)).sum(axis=1), groups


def agreement(name: str) -> tuple[float, OpinionMap, float]:
    """With the groups of Polis, on those whom both placed; the map; and the seconds of CPU that it took."""
    votes, hidden, given, groups = export(name)
    before = time.process_time()
    found = opinion_map(votes, hidden=hidden, given=given, groups=len(set(groups) - {NOBODY}))
    assert found is not None
    both = (found.labels != NOBODY) & (groups != NOBODY)
    assert both.sum() > 0.9 * (groups != NOBODY).sum()
    return adjusted_rand(found.labels[both], groups[both]), found, time.process_time() - before


@pytest.mark.skipif(not CONVERSATIONS, reason="no Polis exports in ../shared/data/participation/polis")
@pytest.mark.parametrize("name", CONVERSATIONS or ["none"])
def test_the_groups_are_those_that_polis_found(name: str) -> None:
    found, _map, seconds = agreement(name)
    assert found >= 0.80
    assert seconds < 5


def three_camps(people: int = 150, statements: int = 30, seed: int = 7) -> tuple[Votes, Labels]:
    """Made-up people of three camps. Statement 0 is held by all; 1 to 9 by the first camp alone, and so on; each person
    votes on about two thirds of them, and leaves the line of their camp one time in ten."""
    rng = np.random.default_rng(seed)
    camps = rng.choice(3, people, p=[0.5, 0.3, 0.2])
    lines = -np.ones((3, statements))
    lines[:, 0] = 1
    for camp in range(3):
        lines[camp, 1 + 9 * camp : 10 + 9 * camp] = 1
    votes = lines[camps] * np.where(rng.random((people, statements)) < 0.1, -1, 1)
    votes[rng.random(votes.shape) < 0.1] = 0
    votes[rng.random(votes.shape) < 0.33] = np.nan
    return votes, camps


def test_made_up_camps_are_found_and_their_number_too() -> None:
    votes, camps = three_camps()
    found = opinion_map(votes)
    assert found is not None
    assert found.groups == 3
    assert adjusted_rand(found.labels, camps) > 0.95


def test_the_same_votes_in_another_order_give_the_same_groups() -> None:
    votes, _camps = three_camps()
    order = np.random.default_rng(1).permutation(len(votes))
    one, other = opinion_map(votes), opinion_map(votes[order])
    assert one is not None
    assert other is not None
    assert adjusted_rand(one.labels[order], other.labels) == 1
    assert np.allclose(one.points[order], other.points)


def test_whoever_voted_on_fewer_than_seven_statements_is_in_no_group() -> None:
    votes, _camps = three_camps()
    votes[3, 6:], votes[4, 7:] = np.nan, np.nan
    votes[3, :6], votes[4, :7] = 1, 1
    found = opinion_map(votes)
    assert found is not None
    assert found.labels[3] == NOBODY
    assert found.labels[4] != NOBODY


def test_of_many_people_some_are_asked_and_all_are_placed() -> None:
    votes, camps = three_camps(people=3 * SAMPLE)
    before = time.process_time()
    found = opinion_map(votes)
    assert time.process_time() - before < 5
    assert found is not None
    assert found.groups == 3
    assert adjusted_rand(found.labels, camps) > 0.95
    order = np.random.default_rng(1).permutation(len(votes))
    other = opinion_map(votes[order])
    assert other is not None
    assert adjusted_rand(found.labels[order], other.labels) == 1


def test_no_group_is_told_apart_that_is_smaller_than_allowed() -> None:
    votes, camps = three_camps()
    few = int((camps == 2).sum()) + 20
    found = opinion_map(votes, smallest=few)
    assert found is not None
    assert np.bincount(found.labels[found.labels >= 0]).min() >= few


@pytest.mark.parametrize("votes", [np.zeros((1, 9)), np.ones((40, 9)), np.full((40, 9), np.nan), np.zeros((0, 9))])
def test_where_nobody_differs_there_are_no_groups(votes: Votes) -> None:
    assert opinion_map(votes) is None


def test_each_group_is_marked_by_its_own_statements() -> None:
    votes, camps = three_camps()
    for camp, found in enumerate(marks(votes, camps, 3)):
        assert len(found) == 5
        own = [mark.statement for mark in found if mark.agrees]
        assert own
        assert set(own) <= set(range(1 + 9 * camp, 10 + 9 * camp))
        assert all(mark.share > 0.5 > mark.elsewhere for mark in found)


def test_what_all_hold_is_common_and_nothing_else_that_is_agreed_with() -> None:
    votes, camps = three_camps()
    agreed = [one for one in common(votes, camps, 3) if one.agrees]
    assert [one.statement for one in agreed] == [0]
    assert agreed[0].least > 0.6


def test_a_statement_on_which_one_group_did_not_vote_is_not_common() -> None:
    votes, camps = three_camps()
    votes[camps == 2, 0] = np.nan
    assert 0 not in [one.statement for one in common(votes, camps, 3)]
