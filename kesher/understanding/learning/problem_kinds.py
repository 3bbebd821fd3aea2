"""Learn what kind of problem a message reports. The kinds are those that any town has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from kesher.language import LANGUAGES
from kesher.understanding.learning.classifier import Classifier, softmax, train_features
from kesher.understanding.learning.features import Features, Floats, text_features

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
    found: Floats = softmax(problems.scores(text_features(text, said, grams=False))[None, :])[0]
    return found
