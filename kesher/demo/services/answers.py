"""Demo data loader: answers (FAQ), the facts that they name, and eligibility checkers."""

from __future__ import annotations

from kesher.agencies.models import Agency
from kesher.answers import markdown
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.services import change_checker_state, create_checker, import_answers, import_topics, set_fact
from kesher.demo.data_files import FOLDER, read
from kesher.demo.services.municipality import create_teams


def load_answers(agency: Agency) -> int:
    """Create the answers with their topics, owners and facts, publish the checkers, and return how many answers."""
    create_teams(agency, read("answers/owners"))
    import_topics(read("answers/topics"))
    for name, words in read("answers/facts").items():
        set_fact(name, words, by=None)
    paths = sorted((FOLDER / "answers").glob("*.md"))
    found = import_answers(
        [markdown.parse_file(path.read_text(encoding="utf-8"), path.stem) for path in paths], by=None
    )
    assert not found.refused, found.refused
    topics = {topic.code: topic for topic in AnswerTopic.objects.all()}
    for row in read("checkers"):
        answers = Answer.objects.filter(slug__in=row["answers"])
        made = create_checker(
            row["slug"], row["texts"], by=None, topic=topics[row["topic"]], answers=answers, script=row["script"]
        )
        change_checker_state(made, "publish", by=None)
    return found.made
