"""Form widget of a ranked ballot on a page: each proposal gets its place, 1 for the best.

It is a list of choices that works without a script; a script adds buttons and dragging. The API, and people who type,
give the numbers in order instead: "3 1 2".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kesher.language import digits


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal on the ballot; ``place`` 0: not ranked."""

    number: int
    text: str
    name: str
    place: int


class RankWidget(forms.Widget):
    """A widget that reads ``<name>_<number>=<place>`` of each proposal, or ``<name>`` with numbers in order."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """Return the numbers in order, or words "place:number", as the form sent them."""
        if data.get(name):
            return data[name]
        found = []
        for key in data:
            number = key.removeprefix(f"{name}_")
            if key != number and number.isdecimal():
                found.append(f"{data[key] or 0}:{number}")
        return found

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Return whether the form sent neither numbers nor places."""
        return not any(key == name or key.startswith(f"{name}_") for key in data)


class RankField(forms.Field):
    """A field that cleans to numbers, best first, each once; who is not ranked is not chosen."""

    widget = RankWidget
    default_error_messages = {
        "required": _("Give at least one of them a place: 1 for the one you like best."),
        "twice": _("Two of them have the same place. Give each place once."),
        "numbers": _("Write the numbers of the list, with blanks between them."),
    }

    def __init__(self, *, candidates: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        """Set the proposals that can be ranked, as (number, text)."""
        super().__init__(**kwargs)
        self.candidates = list(candidates)

    def to_python(self, value: Any) -> list[int]:
        """Return the proposal numbers, best first; raise ValidationError for a place given twice."""
        places = parse_places(value)
        ranked = sorted((place, number) for number, place in places.items() if place)
        if len({place for place, _number in ranked}) != len(ranked):
            raise ValidationError(self.error_messages["twice"], code="twice")
        if not ranked and isinstance(value, str) and value.strip():
            raise ValidationError(self.error_messages["numbers"], code="numbers")
        return [number for _place, number in ranked]

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Return this field as a BoundRanking, which the template draws line by line."""
        return BoundRanking(form, self, field_name)


class BoundRanking(forms.BoundField):
    """A ranking as the ballot's template shows it."""

    @property
    def lines(self) -> list[Line]:
        """Return a line for each proposal: ranked ones first, the others in the list's order."""
        assert isinstance(self.field, RankField)
        places = parse_places(self.value())
        found = [
            Line(number, text, f"{self.html_name}_{number}", places.get(number, 0))
            for number, text in self.field.candidates
        ]
        return sorted(found, key=lambda line: line.place or len(found) + 1)

    @property
    def places(self) -> range:
        """Return the range of places that can be given, from 1."""
        assert isinstance(self.field, RankField)
        return range(1, len(self.field.candidates) + 1)


def parse_places(value: Any) -> dict[int, int]:
    """Return {proposal number: place} of "3 1 2", [3, 1, 2] or ["1:3", "2:1", "0:2"]."""
    words = value.replace(",", " ").split() if isinstance(value, str) else list(value or [])
    if any(":" in str(word) for word in words):
        pairs = [str(word).partition(":") for word in words]
        return {int(number): int(place) for place, _colon, number in pairs if number.isdecimal() and place.isdecimal()}
    numbers = [int(found) for word in words for found in re.findall(r"\d{1,6}", digits(str(word)))]
    return {number: place for place, number in enumerate(dict.fromkeys(numbers), 1)}
