"""A vote's open data: nothing that is hidden, and nothing that leads from a choice to a person."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from kesher.contests.models import Contest, Round
from kesher.contests.services import count_round
from kesher.contests.tests.factories import a_ballot_of, a_phone, voted
from kesher.participation.open_data_document import rows_path, write_rows
from kesher.participation.services import drain_deltas

DATA = "/api/v1/contests/61940/data"


def three_votes(**values: Any) -> tuple[Contest, Round]:
    contest, round = a_ballot_of("אורן", "אלון", code="61940", **values)
    for number in range(3):
        voted(round, a_phone(), [1 + number % 2], door=("sms", "whatsapp", "web")[number])
    drain_deltas()
    return contest, round


def rows(client: Client) -> list[str]:
    response: Any = client.get(f"{DATA}.csv")
    lines = b"".join(response.streaming_content).decode().splitlines()  # read to its end, the file is closed
    return [line.partition(",")[2] for line in lines[1:]]


def statuses(client: Client) -> list[int]:
    cache.clear()
    return [client.get(f"{DATA}.{kind}").status_code for kind in ("json", "csv")]


def test_of_a_vote_that_runs_the_sums_are_public_and_the_rows_are_not(client: Client, city: Any) -> None:
    _contest, round = three_votes()
    told = client.get(f"{DATA}.json").json()["data"]
    assert (told["id"], told["attributes"]["signature_count"], told["attributes"]["votes"]) == (
        61940, 3, {"1": 2, "2": 1},
    )  # fmt: skip
    assert write_rows() == 0
    assert statuses(client) == [200, 409]
    assert not rows_path(round.action).exists()


def test_of_a_counted_vote_the_rows_say_what_was_chosen_and_nothing_of_who(client: Client, city: Any) -> None:
    _contest, round = three_votes()
    count_round(round)
    write_rows()
    assert rows(client) == [",,,1", ",,,1", ",,,2"]


def test_of_an_anonymous_vote_no_row_says_what_was_chosen(client: Client, city: Any) -> None:
    _contest, round = three_votes(anonymous=True)
    assert statuses(client) == [200, 409]
    count_round(round)
    write_rows()
    assert rows(client) == ["1,sms,other,", "1,web,other,", "1,whatsapp,other,"]


@pytest.mark.parametrize("anonymous", [False, True])
def test_while_results_are_hidden_nothing_is_given_by_any_way(
    client: Client, miriams: Client, city: Any, tmp_path: Path, anonymous: bool
) -> None:
    contest, round = three_votes(results_hidden=True, anonymous=anonymous)
    write_rows()
    assert (statuses(client), statuses(miriams)) == ([409, 409], [409, 409])
    assert DATA not in client.get("/contests/61940/").content.decode()
    for code in (contest.code, round.action.code):
        with pytest.raises(CommandError):
            call_command("export", code, folder=str(tmp_path), stdout=StringIO())
    assert not rows_path(round.action).exists()
    count_round(round)
    write_rows()
    assert len(rows(client)) == 3
    assert f"{DATA}.csv" in client.get("/contests/61940/").content.decode()


def test_a_draft_and_a_stopped_contest_give_nothing(client: Client, city: Any) -> None:
    contest, _round = three_votes()
    for state in ("draft", "stopped"):
        Contest.objects.filter(pk=contest.pk).update(state=state)
        assert statuses(client) == [404, 404]


def test_an_earlier_vote_is_asked_for_by_its_place(client: Client, city: Any) -> None:
    three_votes()
    assert client.get(f"{DATA}.json?round=1").json()["data"]["attributes"]["position"] == 1
    assert client.get(f"{DATA}.json?round=9").status_code == 404
    assert client.get(f"{DATA}.csv?round=x").status_code == 404
