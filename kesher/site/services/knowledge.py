"""Demo data loader: answers (FAQ), facts and eligibility checkers from the files in `demo/`."""

from __future__ import annotations

import json
from pathlib import Path

from kesher.agencies.models import Agency, Team
from kesher.answers import markdown
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.services import change_checker_state, create_checker, import_answers, import_topics, set_fact

FOLDER = Path(__file__).parent.parent / "demo" / "answers"
CHECKERS = FOLDER.with_name("checkers.json")


def load_answers(agency: Agency) -> int:
    """Load the demo's knowledge-base answers and return how many."""
    teams = read_named_texts("owners")
    there = set(Team.objects.values_list("slug", flat=True))
    Team.objects.bulk_create(
        Team(agency=agency, slug=slug, names=words) for slug, words in teams.items() if slug not in there
    )
    import_topics(read_named_texts("topics"))
    for name, words in read_named_texts("facts").items():
        set_fact(name, words, by=None)
    files = [markdown.parse_file(path.read_text(encoding="utf-8"), path.stem) for path in sorted(FOLDER.glob("*.md"))]
    found = import_answers(files, by=None)
    assert not found.refused, found.refused
    load_checkers()
    return found.made


def load_checkers() -> None:
    """Create and publish the demo's discount checker and calculator."""
    topics = {topic.code: topic for topic in AnswerTopic.objects.all()}
    for row in json.loads(CHECKERS.read_text(encoding="utf-8")):
        answers = Answer.objects.filter(slug__in=row["answers"])
        made = create_checker(
            row["slug"], row["texts"], by=None, topic=topics[row["topic"]], answers=answers, script=row["script"]
        )
        change_checker_state(made, "publish", by=None)


def read_named_texts(what: str) -> dict[str, dict[str, str]]:
    """Return facts, topics or owners with their names in four languages."""
    found: dict[str, dict[str, str]] = json.loads((FOLDER / f"{what}.json").read_text(encoding="utf-8"))
    return found
