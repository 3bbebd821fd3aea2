"""Take several answers of a form from one message: what its sentence says, its file and its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from kesher.core.ui.form_fields import PlaceField
from kesher.dialogues.answer_matching import match
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.form_phrases import AROUND, NAMED
from kesher.dialogues.forms import SKIP, WHOLE, StepForm, answer_in_words
from kesher.dialogues.models import HINT, PICKED_UP, DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill, option_key, option_title
from kesher.language import likeness, words

WHOLE_LEAST: Final = 4  # words of a sentence that is long enough to be an answer itself
ALSO_LEAST: Final = 0.12  # probability from which a second request is offered when the first is done
ALSO: Final = f"{HINT}also"
ALIKE: Final = 0.7  # likeness from which a word of a sentence is one of an answer, which is written as we write it
BEGINNING: Final = ("start", "confirm", "offer")  # actions after which a form may begin from the sentence


@dataclass(frozen=True, slots=True)
class Opening:
    """The message with which a form begins: its sentence, what that says, its file (by key) and its place (raw).

    ``also``: key and title of the option that does what it asks for besides, on two lines.
    """

    text: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    place: str = ""
    also: str = ""

    @classmethod
    def of(cls, turn: Turn) -> Opening:
        """Return what a turn brings to a form that it begins."""
        slots = turn.understood.slots if turn.understood is not None else {}
        return cls(
            turn.text if turn.understood is not None else "",
            slots,
            file_of(turn),
            place_of(turn),
            find_other_request(turn),
        )

    @classmethod
    def stored(cls, session: DialogueSession | None) -> Opening:
        """Return the opening that waited while a person was asked which form they meant."""
        return cls(**session.prompt.get("opening", {})) if session is not None and not session.skill else cls()

    def as_stored(self) -> dict[str, Any]:
        """Return it as JSON, without what is empty."""
        found = {
            "text": self.text,
            "slots": dict(self.slots),
            "file": self.file,
            "place": self.place,
            "also": self.also,
        }
        return {name: value for name, value in found.items() if value}


def waiting_opening(turn: Turn) -> dict[str, Any]:
    """Return what a question "which of these did you mean?" stores of the sentence; {} where no form may begin."""
    begins = turn.understood is not None and turn.understood.action in BEGINNING
    return Opening.of(turn).as_stored() if begins and not turn.choice else {}


def find_other_request(turn: Turn) -> str:
    """Return key and title of the option for the second thing that a message asks for; "" where it asks for one."""
    understood = turn.understood
    if understood is None or understood.action not in ("start", "confirm") or not understood.offered:
        return ""
    first, *more = understood.offered
    for one in more:
        known = one.kind == "answer" or REGISTRY.get(one.name) is not None
        if (
            known
            and one.probability >= ALSO_LEAST
            and one.name != first.name
            and (one.subject or one.name) != first.subject
        ):
            return f"{option_key(one)}\n{option_title(one)}"
    return ""


def file_of(turn: Turn) -> str:
    """Return the key of a turn's first file, "" for none."""
    return turn.attachments[0].key if turn.attachments else ""


def place_of(turn: Turn) -> str:
    """Return a turn's place on the map as a raw answer, "" for none."""
    at = turn.location
    return PlaceField.as_text(at.lat, at.lon, at.address or at.label) if at else ""


def read_slots(form: StepForm, slots: Mapping[str, str]) -> dict[str, str]:
    """Return {field: raw answer} of what was said, by `StepForm.said`.

    The first slot that a field names must be there: a house number without a street is no place.
    """
    found: dict[str, str] = {}
    for slot, name in form.said.items():
        first = next(other for other, target in form.said.items() if target == name)
        value = slots.get(slot, "")
        if slot == WHOLE or name not in form.fields or not value or (slot != first and name not in found):
            continue
        found[name] = f"{found[name]} {value}" if name in found else value
    return {name: raw for name, value in found.items() if (raw := to_option(form, name, value))}


def to_option(form: StepForm, name: str, value: str) -> str:
    """Return what was said as the raw answer to a field: for a choice, the key of the option that it names, or ""."""
    options = form.options(name)
    if form.expects(name) != "choice":
        return value
    if value in {option.key for option in options}:
        return value
    named = [{"key": one.key, "title": one.title, "synonyms": one.synonyms} for one in options if one.key != SKIP]
    return match(value, {}, named, loose=False) or ""


def sent_answers(form: StepForm, file: str, place: str) -> dict[str, str]:
    """Return {field: raw answer} of a file and a place on the map, for the first fields that take them."""
    found: dict[str, str] = {}
    for name in form.fields:
        expects = form.expects(name)
        raw = {"file": file, "place": place}.get(expects, "")
        if raw and raw not in found.values():
            found[name] = raw
    return found


def keep_valid(
    form_of: type[StepForm], known: Mapping[str, Any], found: Mapping[str, str], **about: Any
) -> dict[str, str]:
    """Return those of ``found`` that are valid answers to fields which the form asks; a required yes never is.

    ``known``: the answers before them; ``about``: the form's subject and contact.
    """
    taken: dict[str, str] = {}
    order = [*form_of.of({**known, **found}, **about).fields]
    for name in sorted(filter(order.__contains__, found), key=order.index):
        answers = {**known, **taken, name: found[name]}
        form = form_of.of(answers, **about)
        if name in form.fields and not form.is_yes_or_no(name) and form.step_error(name) is None:
            taken[name] = found[name]
    return taken


def take_opening(session: DialogueSession, skill: Skill, opening: Opening, **about: Any) -> str:
    """Store what a form's opening message answers in its session, and return the line that says so; "" for nothing."""
    form = skill.form.of(session.answers, **about)
    said = form.said_in(opening.text, opening.slots, opening=True)
    session.answers |= {name: hint for name, hint in said.items() if name.startswith(HINT)}
    session.answers |= {ALSO: opening.also} if opening.also else {}
    form = skill.form.of(session.answers, **about)
    found = sent_answers(form, opening.file, opening.place) | read_slots(form, opening.slots) | said
    if WHOLE in form.said and found and len(words(opening.text)) >= WHOLE_LEAST:
        found.setdefault(form.said[WHOLE], opening.text)
    found = {name: raw for name, raw in found.items() if name not in session.answers}
    taken = keep_valid(skill.form, session.answers, found, **about)
    session.answers = {**session.answers, **taken}
    return read_back(session, skill, taken, **about)


def read_back(session: DialogueSession, skill: Skill, taken: Iterable[str], **about: Any) -> str:
    """Return the line that says which answers were taken from a message, "" for none.

    Where nothing is left to ask, a form that commits somebody shows them and asks for a yes.
    """
    names = list(taken)
    form = skill.form.of(session.answers, **about)
    if names and skill.commits and form.next_step(session.answers) is None:
        session.answers = {**session.answers, PICKED_UP: "on"}
        return ""
    said = " · ".join(filter(None, (in_words(form, session.answers, name) for name in names)))
    return _("From your message: %(answers)s.") % {"answers": said} if said else ""


def in_words(form: StepForm, answers: Mapping[str, Any], name: str) -> str:
    """Return one answer as a person reads it in a line: a file and a long text are only named."""
    if name not in form.fields:
        return ""
    if form.expects(name) == "file":
        return _("your picture")
    if name == form.said.get(WHOLE):
        return _("your description")
    return answer_in_words(form.fields[name], answers[name])


def says_only(form: StepForm, text: str, slots: Mapping[str, str], taken: Mapping[str, str]) -> bool:
    """Return whether a text says nothing besides the answers that were taken from it, and words around them."""
    said = {word for slot, name in form.said.items() if name in taken for word in words(slots.get(slot, ""))}
    for name, raw in taken.items():
        for option in form.options(name):
            if option.key == raw:
                said.update(word for phrase in (option.title, *option.synonyms) for word in words(phrase))
    known = AROUND.union(*NAMED.values())
    return all(one in known or any(likeness(one, word) >= ALIKE for word in said) for one in words(text))
