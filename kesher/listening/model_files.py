"""Keep trained models in files of the data folder; one of them is active, chosen by a person."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings

from kesher.listening.sentiment_model import SentimentModel

NAME: Final = re.compile(r"\w[\w.-]{0,59}")
ACTIVE: Final = "active.txt"


class UnknownModel(Exception):
    """No model has this name; the message says what to do."""


def folder() -> Path:
    """Return the folder of the models."""
    return Path(settings.DATA) / "listening"


def path_of(name: str) -> Path:
    """Return the file of a model. Raise UnknownModel for what is no name."""
    if not NAME.fullmatch(name):
        raise UnknownModel(f"{name!r} is not a name: use letters, digits, dots, dashes and underscores.")
    return folder() / f"{name}.npz"


def save_model(name: str, model: SentimentModel) -> None:
    """Write a model to its file; one of the same name is replaced as a whole. Raise UnknownModel for no name."""
    path = path_of(name)
    fields = ("labels", "parts", "temperature", "limit", "languages")
    head = {field: getattr(model, field) for field in fields}
    rarity, weights, offsets = (one.astype(np.float32) for one in (model.rarity, model.weights, model.offsets))
    packed = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        np.savez_compressed(file, head=packed, rarity=rarity, weights=weights, offsets=offsets)
    os.replace(file.name, path)


def find_file(name: str) -> Path:
    """Return the file of a trained model. Raise UnknownModel if there is none."""
    path = path_of(name)
    if not path.exists():
        raise UnknownModel(f"There is no model {name!r}. Run: kesher listen train {name} FILE")
    return path


def load_model(name: str) -> SentimentModel:
    """Return the model of this name. Raise UnknownModel."""
    with np.load(find_file(name), allow_pickle=False) as stored:
        head: dict[str, Any] = json.loads(stored["head"].tobytes())
        labels, parts, languages = (tuple(head[field]) for field in ("labels", "parts", "languages"))
        arrays = stored["rarity"].astype(float), stored["weights"].astype(float), stored["offsets"].astype(float)
    return SentimentModel(labels, parts, *arrays, head["temperature"], head["limit"], languages)


def activate_model(name: str) -> None:
    """Let a model be the one that is used where none is named. Raise UnknownModel."""
    find_file(name)
    (folder() / ACTIVE).write_text(name, encoding="utf-8")


def active_name() -> str:
    """Return the name of the active model; "" if there is none."""
    chosen = folder() / ACTIVE
    return chosen.read_text(encoding="utf-8").strip() if chosen.exists() else ""
