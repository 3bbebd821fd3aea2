"""The README's table of verbs says what the code does."""

from __future__ import annotations

import pytest

from kesher.channels.registry import channels
from kesher.core import hooks
from kesher.dialogues.registry import REGISTRY
from kesher.site.management.commands.verbs import README
from kesher.site.readme_channel_table import insert_table, render_table, table_columns


def test_the_readme_shows_the_table_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(REGISTRY.skills, "suggestions.suggest")  # an example that only the suite loads
    text = README.read_text(encoding="utf-8")
    assert insert_table(text) == text, "run: kesher verbs --write"


def test_every_entry_of_the_menu_is_in_the_table_or_leads_to_one_that_is() -> None:
    assert {skill.name for skill in REGISTRY.menu() if not skill.table_row} == {"contests.open"}


def test_a_channel_that_stands_in_is_no_promise() -> None:
    stand_ins = {channel.title for channel in channels().values() if channel.stand_in}
    assert stand_ins
    assert not stand_ins & set(table_columns())


def test_a_verb_without_a_skill_is_promised_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(REGISTRY, "skills", {})
    monkeypatch.setattr(hooks.handoff, "listeners", [])
    assert "✓" not in render_table()


def test_a_text_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="verbs"):
        insert_table("# Kesher")
