"""Tell which kind of event that many notice (no water, a power cut …) a message may be about.

`data/kinds/` has messages of each kind in four languages, and ordinary ones that share words with them (`other`). A
softmax classifier learns from these, from a part of the product's examples and of the queries for services. Its
probabilities are those of a quiet hour: `clusters` shifts them when many write about one thing.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kesher.language import LANGUAGES
from kesher.understanding.learning.classifier import Classifier, softmax, train
from kesher.understanding.learning.features import Features, Floats, text_features
from kesher.understanding.learning.model_store import Example, product_examples, read_pairs, thaw, topic_queries

DATA: Final = Path(__file__).parent / "data" / "kinds"
FORMAT: Final = "1"  # raised where the features or the format of the file change
OTHER: Final = "other"  # ordinary messages
ECHO: Final = "echo"  # "here, too", "what is going on?": about whatever happens
ORDINARY: Final = 1000  # examples, and as many queries, that are learned as ordinary
SOFTER: Final = 0.7  # temperature of the scores; below one, the probabilities are sharper
QUIET: Final = 0.5  # share of ordinary messages among those that the classifier learned

TITLES: Final[dict[str, Promise]] = {
    "no_water": _("No water"),
    "bad_water": _("Water is brown or smells"),
    "power_cut": _("Power cut"),
    "lights_out": _("Street lights or traffic lights are out"),
    "gas_smell": _("Smell of gas"),
    "bad_smell": _("Bad smell"),
    "sewage_overflow": _("Sewage overflows"),
    "street_flood": _("Flooded streets"),
    "storm_damage": _("Storm damage"),
    "fire_smoke": _("Fire or smoke"),
    "explosion_noise": _("Bang or siren"),
    "suspicious_object": _("Police and a closed area"),
    "road_blocked": _("Blocked road"),
    "parking_traffic": _("Traffic jam of an event"),
    "buses_stopped": _("Buses do not come"),
    "internet_phone_down": _("Internet or telephone is down"),
    "site_down": _("Our site or app is down"),
    "wrong_bill": _("Wrong bill or message"),
    "waste_not_collected": _("Waste is not collected"),
    "school_closed": _("School or kindergarten is closed"),
    "night_noise": _("Noise at night"),
    "sea_pollution": _("Pollution at the beach"),
    "insects_animals": _("Insects or animals"),
    "heat_cold": _("Heat or cold"),
}
# Kinds that people take for one another: when both rise at once, they are one event.
ALIKE: Final = (
    frozenset({"power_cut", "lights_out", "internet_phone_down", "heat_cold"}),
    frozenset({"no_water", "bad_water"}),
    frozenset({"gas_smell", "bad_smell", "sewage_overflow", "fire_smoke"}),
    frozenset({"street_flood", "storm_damage", "sewage_overflow"}),
    frozenset({"road_blocked", "parking_traffic", "buses_stopped", "suspicious_object"}),
    frozenset({"explosion_noise", "suspicious_object", "night_noise"}),
    frozenset({"site_down", "wrong_bill"}),
)


@dataclass(frozen=True, slots=True)
class EventKinds:
    """The trained classifier, with the share of each kind in a quiet hour."""

    classifier: Classifier
    quiet: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Return the kinds, with `OTHER` and `ECHO`, in the order of the probabilities."""
        return self.classifier.classes

    def probabilities(self, features: Features) -> Floats:
        """Return the probability of each kind for a message, in a quiet hour."""
        found: Floats = softmax((self.classifier.scores(features) / SOFTER)[None, :])[0]
        return found


@cache
def kind_examples() -> tuple[Example, ...]:
    """Return (kind, message) for all that Kesher ships; ordinary messages are of the kind `OTHER`."""
    rows = [row for lang in LANGUAGES for row in read_pairs(DATA / f"{lang}.tsv")]
    return tuple((OTHER if name.startswith("not_") else name, text) for name, text in rows)


@cache
def ordinary_examples() -> tuple[Example, ...]:
    """Return product examples and queries for services as ordinary messages, without those about events themselves."""
    about = {"danger", "possible", "greeting", "reports.report"}
    examples = [text for name, text in product_examples() if name not in about]
    queries = [text for topic, text in topic_queries() if topic not in EVENT_TOPICS]
    parts = [part[:: max(1, len(part) // ORDINARY)] for part in (examples, queries)]
    return tuple((OTHER, text) for part in parts for text in part)


# Topics of services whose queries are often about an event that many notice.
_EVENT_TOPICS: Final = """
water_outage water_quality drainage_flood sewage_blockage street_light traffic_lights road_closures air_pollution
noise_neighbours mosquitoes beach bin_missed app_website public_transport weather_heat_cold emergency_alerts
water_leak_street wild_animals bees_wasps school_problems tree_pruning potholes_roads other_electricity_company
other_phone_internet other_gas_company other_weather_news other_police
"""
EVENT_TOPICS: Final = frozenset(_EVENT_TOPICS.split())


@cache
def kinds_name() -> str:
    """Return the name of the model of all examples, made from their content."""
    lines = "\n".join(f"{name}\t{text}" for name, text in (*kind_examples(), *ordinary_examples()))
    return sha256(f"{FORMAT}\n{lines}".encode()).hexdigest()[:16]


def kinds_path() -> Path:
    """Return the path of the model's file."""
    return Path(settings.DATA) / "understanding" / f"kinds-{FORMAT}-{kinds_name()}.npz"


def train_kinds() -> EventKinds:
    """Train the kinds of events, store them, and return them."""
    rows = [*kind_examples(), *ordinary_examples()]
    classifier = train([text for _name, text in rows], [name for name, _text in rows], [1.0] * len(rows))
    path = kinds_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {key: np.array(getattr(classifier, key)) for key in Classifier.__slots__}
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
    for old in path.parent.glob("kinds-*.npz"):
        if old != path:
            old.unlink(missing_ok=True)
    return make_kinds(classifier)


def make_kinds(classifier: Classifier) -> EventKinds:
    """Return the kinds of a classifier, with equal shares in a quiet hour but for ordinary messages."""
    others = len(classifier.classes) - 1
    quiet = np.full(len(classifier.classes), (1 - QUIET) / others, dtype=np.float32)
    quiet[classifier.classes.index(OTHER)] = QUIET
    return EventKinds(classifier, quiet)


def find_kinds() -> EventKinds | None:
    """Return the trained kinds of events; None before they were trained."""
    path = kinds_path()
    return load_kinds(str(path)) if path.exists() else None


@lru_cache(maxsize=2)
def load_kinds(path: str) -> EventKinds:
    """Return the kinds of events in a file."""
    with np.load(path, allow_pickle=False) as stored:
        return make_kinds(Classifier(**{key: thaw(stored[key]) for key in Classifier.__slots__}))


@lru_cache(maxsize=8192)
def features_of(text: str) -> Features:
    """Return the features of a message; each is asked for again while it is new."""
    return text_features(text)
