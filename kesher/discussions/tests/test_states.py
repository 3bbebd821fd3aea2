from __future__ import annotations

import pytest

from kesher.discussions.states import (
    EXPLAINED,
    MODERATOR_TRANSITIONS,
    PostState,
    find_author_transition,
    find_moderator_transition,
    moderator_transitions,
)


def test_an_edit_that_mends_a_held_post_publishes_it() -> None:
    assert find_author_transition(PostState.HELD, "edit") == PostState.PUBLISHED
    assert find_author_transition(PostState.HELD, "edit", reasons=True) == PostState.HELD


def test_an_edit_cannot_bring_in_what_would_have_been_held() -> None:
    assert find_author_transition(PostState.PUBLISHED, "edit", reasons=True) == PostState.HELD


def test_an_author_cannot_publish_what_a_moderator_took_down() -> None:
    assert find_author_transition(PostState.HIDDEN, "edit") == PostState.HELD
    assert find_author_transition(PostState.REMOVED, "edit", reasons=True) is None
    assert find_author_transition(PostState.DELETED, "edit") is None


@pytest.mark.parametrize("state", [state for state in PostState if state != PostState.DELETED])
def test_an_author_can_always_take_back_what_they_wrote(state: PostState) -> None:
    assert find_author_transition(state, "delete") == PostState.DELETED


def test_nobody_brings_back_what_its_author_deleted() -> None:
    assert moderator_transitions(PostState.DELETED) == []
    assert find_moderator_transition(PostState.DELETED, "restore") is None


def test_every_other_post_can_be_seen_again() -> None:
    for state in (PostState.HELD, PostState.HIDDEN, PostState.REMOVED):
        assert PostState.PUBLISHED in {find_moderator_transition(state, name) for name in moderator_transitions(state)}


def test_what_stands_against_an_author_has_a_reason() -> None:
    against = {name for (_, name), after in MODERATOR_TRANSITIONS.items() if after != PostState.PUBLISHED}
    assert against | {"warn"} == EXPLAINED
