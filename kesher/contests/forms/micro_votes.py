"""Chat forms of votes made of many small answers (agree or disagree, this or that): the next few questions.

Which pair comes next is computed at every turn, and others vote between two turns. So each answer says which two were
shown, and a pair that was answered stays in the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact
from kesher.contests.ballot_codec import Answer, parse_answer, parse_answers
from kesher.contests.counting.pairwise import Pair
from kesher.contests.micro_vote_next_question import Key, keys_answered_by, pair_for, standing_rows, statements_left
from kesher.contests.models import Proposal, Round

AT_ONCE = 5
NO_MORE = "0"
PLACE = re.compile(r"place\d{1,3}")


class AnswerField(forms.ChoiceField):
    """One answer as a short word.

    Any well-formed one is accepted: a conversation offers only what it showed.
    """

    def valid_value(self, value: Any) -> bool:
        """Return whether the value is a well-formed answer, such as "12+" or "3<7"."""
        return parse_answer(str(value)) is not None


def micro_vote_questions(
    round: Round, contact: Contact | None, answers: Mapping[str, Any]
) -> Iterator[tuple[str, forms.Field]]:
    """Yield (field name, field) of the statements or pairs answered just now, then of new ones."""
    rows = standing_rows(round)
    said = {
        name: parse_answer(str(value)) for name, value in answers.items() if name[:1] == "a" and name[1:].isdecimal()
    }
    given = {name: answer for name, answer in said.items() if answer is not None}
    seen = keys_answered_by(round, contact) | {answer.key for answer in given.values()}
    who = f"{round.pk}:{contact.root().key if contact else ''}"
    follow = (
        statements(round, rows, seen, who) if round.method == Round.Method.OPINION else pairs(round, rows, seen, who)
    )
    # All answered ones (a page may bring more than AT_ONCE), filled up to AT_ONCE with new ones.
    more = [name for name in (f"a{number}" for number in range(1, AT_ONCE + 1)) if name not in given]
    for name in (*given, *more[: max(0, AT_ONCE - len(given))]):
        field = question_of(given[name], rows) if name in given else next(follow, None)
        if field is not None:
            yield name, field


def statements(round: Round, rows: Mapping[int, Proposal], seen: set[Key], who: str) -> Iterator[AnswerField]:
    """Yield a question for each statement of the round whose key is not in ``seen``."""
    for number in statements_left(round, list(rows), seen, who):
        yield opinion_field(number, rows[number].text)


def pairs(round: Round, rows: Mapping[int, Proposal], seen: set[Key], who: str) -> Iterator[AnswerField]:
    """Yield a question for each pair of proposals of the round whose key is not in ``seen``."""
    shown = set(seen)
    while pair := pair_for(round, list(rows), shown, who):
        shown.add((min(pair), max(pair)))
        yield pair_field(pair, rows)


def question_of(answer: Answer, rows: Mapping[int, Proposal]) -> AnswerField | None:
    """Return the question that this answers; None where a proposal of it is not listed any more."""
    if answer.other is None:
        return opinion_field(answer.one, rows[answer.one].text) if answer.one in rows else None
    pair = answer.one, answer.other
    return pair_field(pair, rows) if rows.keys() >= set(pair) else None


def opinion_field(number: int, text: str) -> AnswerField:
    """Return the question "agree, disagree or pass" for a statement."""
    choices = [(f"{number}+", _("Agree")), (f"{number}-", _("Disagree")), (f"{number}=", _("Pass"))]
    return AnswerField(label=f"“{text}”", choices=choices)


def pair_field(pair: Pair, rows: Mapping[int, Proposal]) -> AnswerField:
    """Return the question which proposal of a pair is preferred."""
    one, other = pair
    choices = [
        (f"{one}>{other}", rows[one].text),
        (f"{one}<{other}", rows[other].text),
        (f"{one}={other}", _("I cannot decide")),
    ]
    return AnswerField(label=_("Which one do you prefer?"), choices=choices)


def answers_in(cleaned: Mapping[str, Any]) -> list[Answer]:
    """Return the answers in the fields "a1", "a2" … of a form's cleaned data."""
    return parse_answers([str(value) for name, value in cleaned.items() if name[:1] == "a" and name[1:].isdecimal()])


def next_places(titles: Mapping[int, str], first: list[int], answers: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Return {name: field} that ask for the second and further places after only a first one was named.

    They go on until the person names no more. ``first``: the numbers that were written first; ``answers``: the raw
    answers so far.
    """
    if len(first) != 1 or first[0] not in titles:
        return {}
    chosen, found = list(first), dict[str, forms.Field]()
    for place in range(2, len(titles) + 1):
        left = [(str(number), text) for number, text in titles.items() if number not in chosen]
        label = _("Place %(place)s: which one comes next?") % {"place": place}
        found[f"place{place}"] = forms.ChoiceField(label=label, choices=[*left, (NO_MORE, _("No more"))])
        raw = str(answers.get(f"place{place}") or NO_MORE)
        if raw not in {number for number, _text in left}:
            break  # no more, or nothing that could stand here
        chosen.append(int(raw))
    return found


def places_in(answers: Mapping[str, Any]) -> list[int]:
    """Return the proposal numbers answered in the fields "place2", "place3" …, in order."""
    named = [(int(name[5:]), str(value)) for name, value in answers.items() if PLACE.fullmatch(name)]
    return [int(value) for _place, value in sorted(named) if value.isdecimal() and value != NO_MORE]
