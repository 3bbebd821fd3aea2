"""What is shown of a count: the stages, the matrix, the strengths, the picture; and what is not."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from kesher.agencies.models import Agency
from kesher.contests.ballot_codec import Answer
from kesher.contests.counting.opinion_map import GROUP_MIN, PEOPLE_MIN, answers_of, draw_opinion_map
from kesher.contests.counting.round_count import counted_votes, result_of
from kesher.contests.models import Round, Snapshot
from kesher.contests.services import count_round, review
from kesher.contests.services.result_snapshots import draw_snapshot, draw_snapshots
from kesher.contests.services.results import close_due_rounds
from kesher.contests.tests.factories import a_ballot_of, a_phone, voted
from kesher.contests.tests.test_opinion_groups import three_camps
from kesher.contests.views.opinion_map_svg import convex_hull, opinion_picture, outline

NAMES = ("גן השקמה", "רוח ים", "גינת השכנים")


def ranked(method: str, *ballots: list[int], **values: Any) -> Round:
    _contest, round = a_ballot_of(*NAMES, method=method, code="48213", **values)
    for ballot in ballots:
        voted(round, a_phone(), ballot)
    return round


def how(client: Client) -> str:
    return client.get("/contests/48213/how/").content.decode()


def an_opinion_round(people: int, **values: Any) -> Round:
    """Made-up people of three camps, as `test_opinion_groups` makes them."""
    votes, _camps = three_camps(people, statements=12)
    _contest, round = a_ballot_of(*(f"משפט {n}" for n in range(12)), method="opinion", code="48213", **values)
    for row in votes:
        said = [Answer(at + 1, None, int(value)) for at, value in enumerate(row) if not np.isnan(value)]
        voted(round, a_phone(), answers=said)
    return round


def test_the_stages_of_a_runoff_are_told(client: Client, city: Agency) -> None:
    round = ranked("irv", *[[1]] * 4, *[[2]] * 3, *[[3, 2]] * 2)
    count_round(round)
    page = how(client)
    assert "״גינת השכנים״ במקום האחרון" in page
    assert "5 <small>(+2)</small>" in page
    assert re.search(r'winner-name" lang="he" dir="auto">רוח ים<', page)


def test_the_matrix_shows_each_against_each(client: Client, city: Agency) -> None:
    count_round(ranked("schulze", [1, 2, 3], [1, 3, 2], [2, 1, 3]))
    page = how(client)
    assert re.search(r'winner-name" lang="he" dir="auto">גן השקמה<', page)
    cells = re.findall(r'<td class="number (won|lost|even)?">', page)
    assert (cells.count("won"), cells.count("lost")) == (3, 3)


def test_the_strengths_of_pairs_are_told_in_percent(client: Client, city: Agency, dana: Any) -> None:
    _contest, round = a_ballot_of(*NAMES, method="pairwise", code="48213")
    voted(round, dana, answers=[Answer(1, 2, 1), Answer(1, 3, 1), Answer(2, 3, 1)])
    draw_snapshots()
    shares = [int(found) for found in re.findall(r"<b>(\d+)%</b>", how(client))]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 3


@pytest.mark.parametrize("method", ["irv", "opinion"])
def test_nobody_sees_hidden_results_before_the_end_not_even_the_worker(
    client: Client, city: Agency, dana: Any, method: str
) -> None:
    _contest, round = a_ballot_of(*NAMES, method=method, code="48213", results_hidden=True)
    voted(round, dana, [1], answers=[Answer(1, None, 1)])
    assert draw_snapshots() == 0
    assert not Snapshot.objects.exists()
    assert "winner-name" not in how(client)
    count_round(round)
    assert draw_snapshots() == 1
    assert ("winner-name" if method == "irv" else "עדיין אין תמונה") in how(client)


def test_a_round_is_drawn_when_its_answers_changed_and_only_then(city: Agency, dana: Any) -> None:
    round = ranked("irv", [1], [2])
    assert [draw_snapshots(), draw_snapshots()] == [1, 0]
    voted(round, dana, [3])
    assert [draw_snapshots(), draw_snapshots()] == [1, 0]
    voted(round, dana, [2])
    assert draw_snapshots() == 1
    count_round(round)
    assert [draw_snapshots(), draw_snapshots()] == [1, 0]
    assert Snapshot.objects.get().data["ballots"] == 3


@pytest.mark.parametrize(
    "reckoned", ["kesher.contests.services.result_snapshots.result_of", "kesher.contests.services.results.result_of"]
)
def test_no_transaction_is_open_while_ballots_are_counted(
    city: Agency, monkeypatch: pytest.MonkeyPatch, reckoned: str
) -> None:
    round, depths = ranked("irv", [1], [2]), []

    def counted(*given: Any) -> dict[str, Any]:
        depths.append(len(connection.savepoint_ids))
        return result_of(*given)

    monkeypatch.setattr(reckoned, counted)
    draw_snapshots()
    count_round(round)
    assert depths == [0]


def test_a_round_whose_time_is_over_is_ended_and_counted(city: Agency) -> None:
    round = ranked("irv", [1])
    Round.objects.filter(pk=round.pk).update(closes_at=timezone.now())
    assert close_due_rounds() == 1
    assert (round.again().ended_at is not None, round.result["ballots"]) == (True, 1)


def test_results_hidden_while_they_were_drawn_are_not_kept(city: Agency) -> None:
    round = ranked("irv", [1], [2])
    Round.objects.filter(pk=round.pk).update(results_hidden=True)
    assert not draw_snapshot(round)
    assert not Snapshot.objects.exists()


def test_the_picture_says_in_words_what_it_shows(client: Client, city: Agency) -> None:
    an_opinion_round(60)
    draw_snapshots()
    page = how(client)
    assert 'class="opinion-map" role="img"' in page
    assert re.search(r"aria-label=\"\d+ אנשים כנקודות", page)
    assert "מה משותף לכל הקבוצות" in page
    assert "משפט 0" in page
    assert page.count('class="og-key"') >= 4


def test_nobody_can_be_found_in_the_picture(city: Agency) -> None:
    round = an_opinion_round(60)
    drawn = draw_opinion_map(round, counted_votes(round))
    assert drawn is not None
    assert min(group["size"] for group in drawn["groups"]) >= GROUP_MIN
    assert sum(n for *_place, n in drawn["dots"]) == drawn["people"]
    assert drawn["dots"] == sorted(drawn["dots"])
    assert all(x % 1 == 0 and y % 1 == 0 for x, y, _group, _n in drawn["dots"])
    assert set(drawn) == {"people", "voters", "groups", "common", "dots", "explained"}


def test_too_few_people_make_no_picture(client: Client, city: Agency) -> None:
    an_opinion_round(PEOPLE_MIN - 1)
    draw_snapshots()
    page = how(client)
    assert "opinion-map" not in page
    assert "עדיין אין תמונה" in page


def test_a_statement_that_was_taken_down_is_in_no_list_and_counts_as_hidden(city: Agency) -> None:
    round = an_opinion_round(30)
    review(round.contest.proposals.get(number=5), "reject", staff=None, reason="advert")
    votes, numbers, hidden, given = answers_of(round, counted_votes(round))
    assert 5 not in numbers
    assert (votes.shape, hidden) == ((30, 11), 1)
    assert given.max() <= 12


def test_the_hull_goes_around_all_points() -> None:
    assert set(convex_hull([(0, 0), (2, 0), (1, 1), (2, 2), (0, 2)])) == {(0, 0), (2, 0), (2, 2), (0, 2)}
    assert convex_hull([(1, 1)]) == [(1, 1)]
    assert len({outline(group, 5, 5, 1) for group in range(5)}) == 5


def test_an_empty_group_does_not_break_the_picture(city: Agency) -> None:
    groups = [{"size": 9, "marks": []}, {"size": 9, "marks": []}]
    assert "<svg" in opinion_picture({"people": 18, "groups": groups, "dots": [[4, 4, 0, 9]]})


def test_the_page_of_a_count_costs_few_queries(
    client: Client, city: Agency, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    an_opinion_round(30)
    draw_snapshots()
    how(client)
    with django_assert_max_num_queries(7):
        how(client)


def test_a_vote_without_such_a_count_leads_to_its_contest(client: Client, city: Agency) -> None:
    a_ballot_of(*NAMES, code="48213")
    assert client.get("/contests/48213/how/")["Location"].endswith("/contests/48213/")
    assert client.get("/contests/99999/how/").status_code == 404
