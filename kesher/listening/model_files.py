"""Keep trained models in files of the data folder.

The active one, chosen by a person, is a copy: training under its name again changes nothing that is in use.
"""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings

from kesher.listening.sentiment_model import SentimentModel

NAME: Final = re.compile(r"\w[\w.-]{0,59}")
ACTIVE: Final = ".active"  # no model is called so
FIELDS: Final = ("labels", "parts", "temperature", "limit", "languages")


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
    head = {"name": name, **{field: getattr(model, field) for field in FIELDS}}
    rarity, weights, offsets = (one.astype(np.float32) for one in (model.rarity, model.weights, model.offsets))
    packed = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8)
    content = io.BytesIO()
    np.savez_compressed(content, head=packed, rarity=rarity, weights=weights, offsets=offsets)
    replace_file(path, content.getvalue())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file as a whole, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)


def find_file(name: str) -> Path:
    """Return the file of a trained model, of the active one for "". Raise UnknownModel if there is none."""
    path = path_of(name) if name else folder() / f"{ACTIVE}.npz"
    if not path.exists():
        raise UnknownModel(
            f"There is no model {name!r}. Run: kesher listen train {name} FILE"
            if name
            else "No model is active. Run: kesher listen activate NAME, or give --model NAME"
        )
    return path


def load_model(name: str = "") -> SentimentModel:
    """Return the model of this name, the active one for "". Raise UnknownModel."""
    with np.load(find_file(name), allow_pickle=False) as stored:
        head = read_head(stored)
        labels, parts, languages = (tuple(head[field]) for field in ("labels", "parts", "languages"))
        arrays = stored["rarity"].astype(float), stored["weights"].astype(float), stored["offsets"].astype(float)
    return SentimentModel(labels, parts, *arrays, head["temperature"], head["limit"], languages)


def read_head(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model's file holds beside its arrays."""
    head: dict[str, Any] = json.loads(stored["head"].tobytes())
    return head


def activate_model(name: str) -> None:
    """Let a model, as it is now, be the one that is used where none is named. Raise UnknownModel."""
    path_of(name)
    replace_file(folder() / f"{ACTIVE}.npz", find_file(name).read_bytes())


def active_name() -> str:
    """Return the name of the active model; "" if there is none."""
    path = folder() / f"{ACTIVE}.npz"
    if not path.exists():
        return ""
    with np.load(path, allow_pickle=False) as stored:
        return str(read_head(stored)["name"])
