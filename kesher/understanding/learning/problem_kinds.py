"""Tell what kind of problem a message reports, and which of an agency's topics that is.

The kinds are those that any town has. An agency's topics are linked with them by their names and synonyms: so "water
all over the road" is found as a flooded road wherever a topic is called that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from kesher.language import LANGUAGES, normalise
from kesher.understanding.learning.classifier import Classifier, softmax, train_features
from kesher.understanding.learning.features import Features, Floats, text_features
from kesher.understanding.registry import Title
from kesher.understanding.text_index import TextIndex

DATA: Final = Path(__file__).parent.with_name("data") / "problems"
OTHER: Final = "other"  # the kind of all that is no problem
# Topics of services whose queries are examples of a kind, and the kind where it has another name.
SERVICES: Final = {
    **dict.fromkeys(("noise_neighbours", "noise_construction"), "noise"),
    **dict.fromkeys(("kindergarten_registration", "school_first_grade"), "registration"),
    **dict.fromkeys(
        (
            *("property_tax_amount", "property_tax_payment", "property_tax_debt"),
            *("property_tax_discount_seniors", "property_tax_discount_disability"),
        ),
        "property_tax",
    ),
    **{
        name: name
        for name in (
            *("potholes_roads", "pavement", "street_light", "bin_missed", "bin_request", "bulky_waste", "garden_waste"),
            *("illegal_dumping", "building_rubble", "street_cleaning", "parks_playgrounds", "water_leak_street"),
            *("sewage_blockage", "drainage_flood", "mosquitoes", "road_signs", "traffic_lights", "speed_bumps"),
            *("dead_animals", "tree_pruning", "peddlers_stalls", "stray_animals", "accessibility", "graffiti"),
            *("abandoned_car", "public_toilets", "bus_stop", "air_pollution", "water_outage", "beach", "dog_park"),
            *("building_dangerous", "pigeons_birds", "wild_animals", "recycling", "waste_collection_days"),
            *("bicycles_scooters", "sports_facilities", "appointments", "parking_disabled", "road_closures", "market"),
        )
    },
}
# Topics of services that are two kinds in one, or whose queries tell of problems besides.
LEFT_OUT: Final = frozenset(
    {
        *("rats_cockroaches", "insurance_damage", "neighbour_disputes", "outdoor_seating", "towed_car"),
        *("name_street_address", "water_high_bill", "building_plan_information", "contact_hotline"),
    }
)
OTHERS_EACH: Final = 10  # queries of each topic that is no problem
EXAMPLE_WEIGHT: Final = 1.5  # of an example of a kind, beside a query about a service
BATCH: Final = 32
NAME, SYNONYM = 1.0, 0.5  # of a topic's name and of its synonyms
UNCLAIMED: Final = 0.15  # how much of a kind belongs to no topic
FALLBACK: Final = frozenset(
    map(
        normalise,
        ("אחר", "אחרת", "משהו אחר", "שונות", "נושא אחר", "other", "others", "something else", "miscellaneous")
        + ("другое", "прочее", "أخرى", "آخر", "أمر آخر", "غير ذلك", "متفرقات"),
    )
)


@dataclass(frozen=True, slots=True)
class ReportTopics:
    """An agency's topics, how much of each kind of problem is each one's (topics × kinds), and their own words.

    ``fallback``: the code of the one for what fits no other, "" for none.
    """

    titles: tuple[Title, ...]
    shares: Floats
    index: TextIndex
    fallback: str


@cache
def problem_examples() -> tuple[tuple[str, str], ...]:
    """Return (kind, message) for each example that Kesher ships."""
    return tuple(
        (kind, text)
        for lang in LANGUAGES
        for kind, _tab, text in (
            line.partition("\t") for line in (DATA / f"{lang}.tsv").read_text(encoding="utf-8").splitlines()
        )
    )


def train_problems(queries: Sequence[tuple[str, Features]]) -> Classifier:
    """Return the classifier of kinds, from (topic of services, features) pairs and the examples of kinds."""
    found = [(SERVICES[topic], features) for topic, features in queries if topic in SERVICES]
    rest: dict[str, list[Features]] = {}
    for topic, features in queries:
        if topic not in SERVICES and topic not in LEFT_OUT:
            rest.setdefault(topic, []).append(features)
    for several in rest.values():
        found += [(OTHER, features) for features in several[:: max(1, len(several) // OTHERS_EACH)]]
    weights = [1.0] * len(found)
    found += [(kind, text_features(text, grams=False)) for kind, text in problem_examples()]
    weights += [EXAMPLE_WEIGHT] * (len(found) - len(weights))
    return train_features(
        [features for _kind, features in found], [kind for kind, _features in found], weights, batch=BATCH
    )


def kinds_of(text: str, problems: Classifier, said: list[str] | None = None) -> Floats:
    """Return the probability of each kind for a text; ``said``: its words, where they are known."""
    return softmax(problems.scores(text_features(text, said, grams=False))[None, :])[0]


def link_topics(titles: Sequence[Title], problems: Classifier, rarity: Callable[[str], float]) -> ReportTopics:
    """Return an agency's topics with the share that each has of each kind; ``rarity`` is the weight of a word."""
    rows = np.zeros((len(titles), len(problems.classes)), dtype=np.float32)
    named = [
        [*((name, NAME) for name in title.titles.values()), *((word, SYNONYM) for word in title.words)]
        for title in titles
    ]
    for row, phrases in zip(rows, named, strict=True):
        for phrase, weight in phrases:
            row += kinds_of(phrase, problems) * weight
        row /= sum(weight for _phrase, weight in phrases) or 1.0
    rows[:, problems.classes.index(OTHER)] = 0
    shares = rows / (rows.sum(axis=0, keepdims=True) + UNCLAIMED)
    fallback = next((title.code for title in titles if is_fallback(title)), "")
    return ReportTopics(tuple(titles), shares.astype(np.float32), TextIndex(named, rarity), fallback)


def is_fallback(title: Title) -> bool:
    """Return whether a topic is the one for what fits no other: "Something else"."""
    return any(normalise(name) in FALLBACK for name in title.titles.values())
