"""Judge what was understood of the judged messages, and count it (`tests/judged/messages/README.md`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

from kesher.dialogues.understood import Understood

SETS = Path(__file__).parent.parent / "tests" / "judged" / "messages"
LANGUAGES = ("he", "ar", "ru", "en")
POLITE = {"greeting", "thanks"}  # stand before or after a request, too
ACTIONS = {"stop": ("stop", "ask_stop"), "person": ("person",), "start_again": ("start_again",)}
OPENING = ("start", "confirm", "offer")
AT_ONCE = ("start", "answer", "command", "person", "stop", "start_again", "emergency")
CURVE = (0.15, 0.2, 0.3, 0.5)
BINS = 10
MOST = 3

Message = dict[str, Any]
Row = tuple[str, int, int]  # (name, how many, of how many)


class Reading(NamedTuple):
    """One reading of a message. ``kind``: command, verb, answer, situation or nothing; a subject "" is any."""

    kind: str
    name: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A judged message and what was found: the public result, the whole ranking, and the search's own hits.

    ``is_public``: whether the thing that it names is one whose title may be named.
    """

    message: Message
    found: Understood
    ranked: Sequence[tuple[Reading, float]]
    searched: Sequence[str]
    is_public: bool = True

    @property
    def kind(self) -> str:
        """Return the message's kind."""
        kind: str = self.message["kind"]
        return kind

    @property
    def is_right(self) -> bool:
        """Return whether action and content are right."""
        return is_right(self.message, self.found)

    @property
    def is_ours(self) -> bool:
        """Return whether it is something that the town answers or does, and no situation."""
        return self.kind not in ("nothing", "situation")

    @property
    def is_among_three(self) -> bool:
        """Return whether a right reading is among the first three that are ours."""
        first = [reading for reading, _probability in self.ranked if reading.kind != "nothing"][:MOST]
        return any(fits(self.message, reading) for reading in first)

    @property
    def nothing(self) -> float:
        """Return the probability that nothing fits."""
        return sum(probability for reading, probability in self.ranked if reading.kind == "nothing")

    def ranks_answer(self, most: int) -> bool:
        """Return whether the right answer is among the first answers of the ranking."""
        answers = [reading for reading, _probability in self.ranked if reading.kind == "answer"][:most]
        return any(fits(self.message, reading) for reading in answers)

    def searches_answer(self, most: int) -> bool:
        """Return whether the right answer is among the first hits of the search alone."""
        return any(fits(self.message, Reading("answer", slug)) for slug in self.searched[:most])


def load(half: str) -> list[Message]:
    """Return the messages of one half, "open" or "kept", each with the name of its ``set``."""
    return [
        {**json.loads(line), "set": path.stem}
        for path in sorted((SETS / half).glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def readings(message: Message) -> set[Reading]:
    """Return the right readings of a message: the labelled one, or each of its several, and those that are as good."""
    kind, said = message["kind"], message.get("commands", ())
    found = set()
    if kind in ("command", "several"):
        names = [name for name in said if name not in POLITE] or (said if kind == "command" else [])
        found |= {Reading("command", name) for name in names}
    if kind in ("verb", "several") and message.get("verb"):
        found.add(Reading("verb", message["verb"], message.get("subject", "")))
    if kind in ("answer", "several") and message.get("slug"):
        found.add(Reading("answer", message["slug"]))
    if kind in ("situation", "several") and message.get("situation"):
        found.add(Reading("situation", message["situation"]))
    if kind == "nothing":
        found.add(Reading("nothing", ""))
    return found | {Reading(*also.split(":", 2)) for also in message.get("also", ())}


def fits(message: Message, given: Reading) -> bool:
    """Return whether a reading is a right one."""
    return any(
        (one.kind, one.name) == (given.kind, given.name) and one.subject in ("", given.subject)
        for one in readings(message)
    )


def is_right(message: Message, found: Understood) -> bool:
    """Return whether action and content are right; of what is offered, the first counts."""
    return any(is_found(one, found) for one in readings(message))


def is_found(reading: Reading, found: Understood) -> bool:
    """Return whether a reading was found, and its action follows."""
    kind, name, subject = reading
    match kind:
        case "command":
            return name in found.commands and found.action in ACTIONS.get(name, ("command",))
        case "verb":
            return found.action in OPENING and found.verb == name and subject in ("", found.subject)
        case "answer":
            return found.action in ("answer", "confirm", "offer") and found.slug == name
        case "situation":
            return found.situation == name
    return found.action == "unknown"


def wilson(count: int, size: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not size:
        return 0.0, 1.0
    z, share = 1.96, count / size
    middle, spread = share + z * z / (2 * size), z * sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return max(0.0, (middle - spread) / (1 + z * z / size)), min(1.0, (middle + spread) / (1 + z * z / size))


def line(name: str, count: int, size: int) -> str:
    """Return one line of the table: a share with its counts and interval."""
    if not size:
        return f"  {name:42}     –/0"
    low, high = wilson(count, size)
    return f"  {name:42} {count:5}/{size:<5} {count / size:.3f}  [{low:.3f}, {high:.3f}]"


def share(name: str, rows: Iterable[Outcome], holds: Callable[[Outcome], bool]) -> Row:
    """Return of how many outcomes something holds."""
    found = [holds(one) for one in rows]
    return name, sum(found), len(found)


def right(one: Outcome) -> bool:
    """Return whether an outcome is right."""
    return one.is_right


def sections(rows: Sequence[Outcome]) -> list[tuple[str, list[Row]]]:
    """Return the table: (title, rows) of each part."""
    return [
        ("right action and content", [share("all", rows, right)]),
        ("… by language", grouped(rows, "lang")),
        ("… by kind", grouped(rows, "kind")),
        ("… by set", grouped(rows, "set")),
        ("commands", command_rows(rows)),
        ("acts", act_rows(rows)),
        ("right among three of what is ours (ranking)", three_rows(rows)),
        ("offers", offer_rows(rows)),
        ("answers: questions-*, the ranking and the search alone", answer_rows(rows)),
        ("situations", situation_rows(rows)),
    ]


def grouped(rows: Sequence[Outcome], key: str) -> list[Row]:
    """Return the share of right outcomes for each value of a key."""
    values = dict.fromkeys(one.message[key] for one in rows)
    return [share(value, [one for one in rows if one.message[key] == value], right) for value in values]


def command_rows(rows: Sequence[Outcome]) -> list[Row]:
    """Return how well commands are heard."""

    def saying(name: str) -> list[Outcome]:
        return [one for one in rows if name in one.message.get("commands", ())]

    asked = [one for one in rows if one.message.get("stop") or "stop" in one.message.get("commands", ())]
    other = [one for one in rows if one.message.get("stop") is False]
    return [
        share("commands right", [one for one in rows if one.kind == "command"], right),
        share("greetings heard", saying("greeting"), lambda one: "greeting" in one.found.commands),
        share("a person asked for", saying("person"), lambda one: one.found.action == "person"),
        share("stop heard or asked back", asked, lambda one: one.found.action in ACTIONS["stop"]),
        share("false stops", other, lambda one: one.found.action == "stop"),
        share("stop asked back without reason", other, lambda one: one.found.action == "ask_stop"),
    ]


def act_rows(rows: Sequence[Outcome]) -> list[Row]:
    """Return how often it acts at once, and is surely wrong; both as shares of all messages."""
    return [
        share("acts at once", rows, acts),
        share("surely wrong", rows, lambda one: acts(one) and not one.is_right),
    ]


def acts(one: Outcome) -> bool:
    """Return whether something is done at once, without a question."""
    return one.found.action in AT_ONCE


def three_rows(rows: Sequence[Outcome]) -> list[Row]:
    """Return how often a right reading is among the first three, of what is ours; and the first subject."""
    ours = [one for one in rows if one.is_ours]
    named = [one for one in ours if one.message.get("subject")]
    kinds = [
        share(kind, [one for one in ours if one.kind == kind], lambda one: one.is_among_three)
        for kind in dict.fromkeys(one.kind for one in ours)
    ]
    return [share("all", ours, lambda one: one.is_among_three), *kinds, *subject_rows(named)]


def subject_rows(named: Sequence[Outcome]) -> list[Row]:
    """Return how often the subject is right: of what is done or offered first, and of the first ranked that has one."""

    def first_subject(one: Outcome) -> str:
        return next((reading.subject for reading, _probability in one.ranked if reading.subject), "")

    def is_first(one: Outcome) -> bool:
        return one.found.subject == one.message["subject"]

    public = [one for one in named if one.is_public]
    return [
        share("subject, done or offered first", named, is_first),
        share("subject, first in the ranking", named, lambda one: first_subject(one) == one.message["subject"]),
        share("… of public things, done or offered first", public, is_first),
        share(
            "… of public things, first in the ranking", public, lambda one: first_subject(one) == one.message["subject"]
        ),
    ]


def offer_rows(rows: Sequence[Outcome]) -> list[Row]:
    """Return what is offered as it is configured, and at one threshold of the probability of nothing."""
    nothing = [one for one in rows if one.kind == "nothing"]
    answerable = [one for one in rows if one.kind == "answer"]
    ours = [one for one in rows if one.is_ours]
    offering = [one for one in rows if one.found.action == "offer" and one.searched]
    found = [
        share("as configured: nothing offered", nothing, keeps),
        share("as configured: answerable kept", answerable, keeps),
        share("as configured: right done or offered", ours, lambda one: one.is_right or is_offered(one)),
        share("search's first hit among offers", offering, lambda one: one.searched[0] in offered_slugs(one)),
    ]
    levels = sorted(one.nothing for one in nothing)
    for part in CURVE if levels else ():
        limit = levels[int(part * len(levels))]
        below = [one.nothing < limit for one in rows]
        kept = {id(one) for one, is_below in zip(rows, below, strict=True) if is_below}
        name = f"{part:.0%} of nothing (p < {limit:.2f})"
        found += [
            share(f"{name}: answerable kept", answerable, lambda one, kept=kept: id(one) in kept),  # type: ignore[misc]
            share(f"{name}: right in three", ours, lambda one, kept=kept: id(one) in kept and one.is_among_three),  # type: ignore[misc]
        ]
    return found


def keeps(one: Outcome) -> bool:
    """Return whether something is done or offered."""
    return one.found.action != "unknown"


def offered_slugs(one: Outcome) -> set[str]:
    """Return the answers that are offered."""
    return {meaning.name for meaning in one.found.offered if meaning.kind == "answer"}


def is_offered(one: Outcome) -> bool:
    """Return whether a right reading is among what is offered."""
    return any(
        fits(one.message, Reading("answer" if meaning.kind == "answer" else "verb", meaning.name, meaning.subject))
        for meaning in one.found.offered
    )


def answer_rows(rows: Sequence[Outcome]) -> list[Row]:
    """Return the success on questions by language, in the ranking and in the search alone."""
    asked = [one for one in rows if one.message["set"].startswith("questions")]
    found = []
    for lang in LANGUAGES:
        some = [one for one in asked if one.message["lang"] == lang]
        for most in (1, MOST):
            found.append(share(f"{lang} @{most}", some, lambda one, most=most: one.ranks_answer(most)))  # type: ignore[misc]
            found.append(
                share(f"{lang} @{most}, search alone", some, lambda one, most=most: one.searches_answer(most))  # type: ignore[misc]
            )
    return found


def situation_rows(rows: Sequence[Outcome]) -> list[Row]:
    """Return how well situations are recognised, and how many ordinary messages are marked."""
    told = [one for one in rows if one.message.get("situation")]
    sure = [one for one in told if one.message["situation"] == "sure"]
    ordinary = [one for one in rows if not one.message.get("situation")]
    called = [one for one in rows if one.found.situation == "sure"]
    near = [one for one in ordinary if one.message["set"].startswith("danger")]
    return [
        share("recall of both tiers", told, is_marked),
        share("recall of both tiers, of the sure ones", sure, is_marked),
        share("sure ones called sure", sure, lambda one: one.found.situation == "sure"),
        share("sure tier precision", called, lambda one: one.message.get("situation") == "sure"),
        share("… where a possible one counts, too", called, lambda one: bool(one.message.get("situation"))),
        share("kind right, of those marked", [one for one in told if is_marked(one)], has_kind),
        share("ordinary messages marked", ordinary, is_marked),
        share("… of those that sound alike (danger-*)", near, is_marked),
    ]


def is_marked(one: Outcome) -> bool:
    """Return whether a situation was recognised, in either tier."""
    return bool(one.found.situation)


def has_kind(one: Outcome) -> bool:
    """Return whether the kind of the situation is right."""
    return one.found.situation_kind == one.message.get("situation_kind")


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return the expected calibration error of (probability, right) pairs, in ten equal bins (Naeini et al. 2015)."""
    bins: list[list[tuple[float, bool]]] = [[] for _bin in range(BINS)]
    for probability, is_true in pairs:
        bins[min(BINS - 1, int(probability * BINS))].append((probability, is_true))
    gaps = (abs(sum(p for p, _true in some) - sum(true for _p, true in some)) for some in bins)
    return sum(gaps) / len(pairs) if pairs else 0.0


def summarise(rows: Sequence[Outcome]) -> dict[str, Any]:
    """Return the quality's part of the summary."""

    def part(row: Row) -> float:
        return round(row[1] / row[2], 4) if row[2] else 0.0

    offers, act = offer_rows(rows), act_rows(rows)
    by_language = {name: part((name, count, size)) for name, count, size in grouped(rows, "lang")}
    return {
        "accuracy": part(share("", rows, right)),
        "accuracy_by_language": {lang: by_language[lang] for lang in LANGUAGES if lang in by_language},
        "top3": part(three_rows(rows)[0]),
        "nothing_offered": part(offers[0]),
        "answerable_kept": part(offers[1]),
        "acts_at_once": part(act[0]),
        "surely_wrong": part(act[1]),
        "ece": round(calibration_error([(one.found.probability, one.is_right) for one in rows]), 4),
    }
