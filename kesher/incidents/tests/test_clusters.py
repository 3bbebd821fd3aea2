"""Kinds of events, trained on a part of the examples: what many say of one thing is one cluster, the rest is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from kesher.incidents import event_kinds, tasks
from kesher.incidents.clusters import Written, find_clusters, is_about
from kesher.incidents.event_kinds import EventKinds

STEP = 4  # of so many examples one is learned
NO_WATER = """אין מים
אין לנו מים בבית
למה אין מים בברז?
מתי יחזרו המים
הפסקת מים בכל הבניין
אין טיפת מים מהבוקר
המים נגמרו לנו
لا يوجد ماء في البيت
ما في مي من الصبح
انقطعت المياه عندنا
متى ترجع المياه؟
ليش ما في مي بالحنفية
нет воды дома
почему нет воды в кране?
когда дадут воду
отключили воду во всём доме
there is no water at home
why is there no water?
when will the water be back
the water is off in our building"""
ORDINARY = """איך משלמים ארנונה
הפח ליד הבית מלא
מתי נפתחת הבריכה
תודה רבה על העזרה
רוצה לחתום על העצומה של הגינה
كيف ادفع الأرنونا
متى تفتح المكتبة
шум у соседей
как записать ребёнка в сад
where can i park near the beach
how do i renew my parking permit
хочу пожаловаться на штраф"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventKinds]:
    """Return the kinds of events as if few examples were all."""
    every, ordinary = event_kinds.kind_examples(), event_kinds.ordinary_examples()
    with pytest.MonkeyPatch.context() as patch, override_settings(DATA=tmp_path_factory.mktemp("kinds")):
        patch.setattr(event_kinds, "kind_examples", lambda: every[::STEP])
        patch.setattr(event_kinds, "ordinary_examples", lambda: ordinary[::STEP])
        event_kinds.kinds_name.cache_clear()
        assert event_kinds.find_kinds() is None
        event_kinds.train_kinds()
        found = event_kinds.find_kinds()
        assert found is not None
        yield found
    event_kinds.kinds_name.cache_clear()


def written(text: str, first: int = 1) -> list[Written]:
    """Each line as a message of another person."""
    at = datetime(2026, 11, 25, 10, tzinfo=UTC)
    return [Written(number, number, line, "", at) for number, line in enumerate(text.splitlines(), first)]


def test_what_twenty_say_in_four_languages_is_one_cluster_without_the_others(kinds: EventKinds) -> None:
    [cluster] = find_clusters([*written(NO_WATER), *written(ORDINARY, 101)], kinds, {})
    assert cluster.kind == "no_water"
    assert len([number for number in cluster.members if number <= 20]) >= 18
    assert not [number for number in cluster.members if number > 100]


def test_later_ones_belong_to_the_incident_that_is_known(kinds: EventKinds) -> None:
    [first] = find_clusters(written(NO_WATER), kinds, {})
    [again] = find_clusters([*written(NO_WATER), *written("אין מים גם אצלנו", 50)], kinds, {7: first.profile})
    assert again.known == 7


def test_one_message_is_about_it_or_not(kinds: EventKinds) -> None:
    [cluster] = find_clusters([*written(NO_WATER), *written(ORDINARY, 101)], kinds, {})
    assert is_about("גם אצלנו אין מים", cluster.profile, kinds)
    wrong = [line for line in ORDINARY.splitlines() if is_about(line, cluster.profile, kinds)]
    assert len(wrong) <= 2  # of so few examples


def test_ordinary_messages_are_no_cluster(kinds: EventKinds) -> None:
    assert find_clusters(written(ORDINARY), kinds, {}) == []
    assert find_clusters([], kinds, {}) == []


@pytest.mark.parametrize(("started", "trained", "runs"), [(-100.0, False, 1), (-100.0, True, 0), (1e12, False, 0)])
def test_the_kinds_are_trained_once_a_minute_after_the_start(
    monkeypatch: pytest.MonkeyPatch, settings: Any, started: float, trained: bool, runs: int
) -> None:
    done: list[int] = []
    settings.KESHER_TRAINING = True
    monkeypatch.setattr(tasks, "STARTED", started)
    monkeypatch.setattr(tasks, "find_kinds", lambda: object() if trained else None)
    monkeypatch.setattr(tasks, "train_kinds", lambda: done.append(1))
    assert (tasks.train_event_kinds(), len(done)) == (runs, runs)
    settings.KESHER_TRAINING = False
    assert (tasks.train_event_kinds(), len(done)) == (0, runs)


def test_every_kind_has_a_title_and_examples(tmp_path: Path) -> None:
    named = {name for name, _text in event_kinds.kind_examples()} - {event_kinds.OTHER, event_kinds.ECHO}
    assert named == set(event_kinds.TITLES)
