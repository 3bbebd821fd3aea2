"""script/templates breaks long lines where no reader sees a difference, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import templates
from tools.templates import MOST, break_lines, template_files

WORDS = " ".join(["word"] * 10)


def lines(text: str) -> list[str]:
    """Return the lines of a template after the tool."""
    return break_lines(text + "\n").splitlines()


def test_a_short_line_stays_as_it_is() -> None:
    text = '<div><p   class="a">  text</p></div>\n'
    assert break_lines(text) == text


def test_a_line_is_broken_between_elements_that_are_blocks() -> None:
    one, two = f"<p>{WORDS} {WORDS}</p>", f"<p>{WORDS}</p>"
    assert lines(f"  <div>{one}{two}</div>") == [f"  <div>{one}", f"    {two}</div>"]


def test_a_line_is_broken_at_a_space_of_running_text() -> None:
    assert lines(f"<p>{WORDS} {WORDS} {WORDS}</p>") == [
        f"<p>{WORDS} {WORDS} {' '.join(['word'] * 7)}",
        "  word word word</p>",
    ]


def test_inline_elements_that_touch_are_not_parted() -> None:
    """The space would be seen; the place inside the second one's tag is not."""
    one = two = f"<b>{WORDS.replace(' ', '-')}{WORDS.replace(' ', '-')}</b>"
    assert lines(f"<p>{one}{two}</p>") == [f"<p>{one}<b", f"  >{two.removeprefix('<b>')}</p>"]


def test_a_line_is_broken_between_attributes_and_never_in_a_value() -> None:
    value = f'{{% if a == "b c" %}}{WORDS} {WORDS}{{% endif %}}'
    assert lines(f'<a title="{value}" class="{WORDS}">x</a>') == [f'<a title="{value}"', f'  class="{WORDS}">x</a>']


def test_white_space_beside_a_branch_counts_on_every_way() -> None:
    """After the first branch comes the end of the paragraph; after the second one an element that it touches."""
    bold, italic = f"<b>{'x' * 60}</b>", f"<i>{'y' * 60}</i>"
    branches = f"{{% if a %}}{bold}{{% else %}}{italic}{{% endif %}}"
    assert f"{bold}\n" in break_lines(f"<p>{branches}</p>\n")
    assert f"{bold}{{% else %}}" in break_lines(f"<p>{branches}<u>z</u></p>\n")


def test_the_rounds_of_a_loop_are_not_parted() -> None:
    one = f"<b>{'x' * 100}</b>"
    text = f"<p>{{% for a in b %}}{one}{{% empty %}}<i>{'y' * 60}</i>{{% endfor %}}</p>\n"
    assert f"{one}{{% empty %}}" in break_lines(text)


def test_a_message_is_broken_only_where_it_is_trimmed() -> None:
    message = f"{{% blocktranslate %}}{WORDS} {WORDS} {WORDS}{{% endblocktranslate %}}"
    assert message in break_lines(f"<p>{message}</p>")
    assert len(lines(f"<p>{message.replace('translate %', 'translate trimmed %', 1)}</p>")) == 2


def test_a_long_comment_becomes_two() -> None:
    assert lines(f"{{# {WORDS} {WORDS} {WORDS} #}}\n<p></p>")[1:] == ["{# word word word #}", "<p></p>"]


@pytest.mark.parametrize("tag", ["pre", "textarea"])
def test_what_is_shown_as_written_stays(tag: str) -> None:
    assert f">{WORDS} {WORDS} {WORDS}</{tag}>" in break_lines(f'<{tag} class="x">{WORDS} {WORDS} {WORDS}</{tag}>\n')


def test_a_second_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with a narrower limit, at which most of our templates have long lines."""
    monkeypatch.setattr(templates, "MOST", MOST // 2)
    for path in template_files()[::5]:
        once = break_lines(path.read_text(encoding="utf-8"))
        assert break_lines(once) == once


def test_the_command_lists_what_it_cannot_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(templates, "ROOT", tmp_path)
    path = tmp_path / "page.html"
    path.write_text(f"<b>{'x' * 150}</b>\n<p>{WORDS} {WORDS} {WORDS}</p>\n", encoding="utf-8")
    assert templates.main(["--check", str(path)]) == 1
    assert capsys.readouterr().out == "page.html:1: 157\npage.html:2: 156\n"
    assert templates.main([str(path)]) == 1
    assert capsys.readouterr().out == "page.html:2: 157\n"
