"""The icons that a topic of answers may have, and the default icons of well-known topics."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

# Those icons of the sprite that fit the work of a public body.
PICTURES: Final = {
    "building": _("Building"),
    "home": _("House"),
    "map-pin": _("Place"),
    "users": _("People"),
    "accessibility": _("Accessibility"),
    "star": _("Star"),
    "lightbulb": _("Idea"),
    "activity": _("Pulse"),
    "trash": _("Bin"),
    "phone": _("Telephone"),
    "mail": _("Letter"),
    "file": _("Paper"),
    "calendar": _("Calendar page"),
    "cart": _("Shop"),
    "tag": _("Price"),
    "handshake": _("Hands"),
    "shield": _("Shield"),
    "alert": _("Warning"),
    "flag": _("Flag"),
    "globe": _("World"),
}
ICONS: Final = {
    "arnona": "building", "water": "activity", "parking": "map-pin", "education": "star", "welfare": "users",
    "digital": "phone", "cityhall": "building", "roads": "map-pin", "waste": "trash", "life": "file",
}  # fmt: skip
