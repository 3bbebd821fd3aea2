"""Choose the icon of a report's topic; the icons are drawn in static/reports/topics.svg."""

from __future__ import annotations

from kesher.cases.models import Topic

# The first word found in the topic's code, else in its group, decides.
PICTURES: tuple[tuple[str, str], ...] = (
    ("light", "lamp"),
    ("lamp", "lamp"),
    ("pothole", "cone"),
    ("road", "cone"),
    ("pavement", "cone"),
    ("sidewalk", "cone"),
    ("playground", "swing"),
    ("noise", "sound"),
    ("peddl", "sound"),
    ("carcass", "paw"),
    ("animal", "paw"),
    ("dog", "paw"),
    ("cat", "paw"),
    ("mosquito", "bug"),
    ("rodent", "bug"),
    ("pest", "bug"),
    ("cesspool", "drop"),
    ("sewage", "drop"),
    ("drain", "drop"),
    ("water", "drop"),
    ("leak", "drop"),
    ("flood", "drop"),
    ("tree", "tree"),
    ("branch", "tree"),
    ("garden", "tree"),
    ("weed", "tree"),
    ("park-", "tree"),
    ("parking", "car"),
    ("vehicle", "car"),
    ("traffic", "sign"),
    ("sign", "sign"),
    ("obstruct", "sign"),
    ("bin", "bin"),
    ("waste", "bin"),
    ("trash", "bin"),
    ("junk", "bin"),
    ("clean", "broom"),
    ("sanit", "broom"),
    ("dirt", "broom"),
    ("lot", "fence"),
    ("fence", "fence"),
    ("build", "fence"),
)


def topic_icon(topic: Topic) -> str:
    """Return the name of the icon for a topic, guessed from its code and group, or "flag" where none fits."""
    for text in (topic.code, topic.group):
        words = text.lower()
        for word, picture in PICTURES:
            if word in words:
                return picture
    return "flag"
