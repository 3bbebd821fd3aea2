"""Personal data in a text: where it stands, and the text without it."""

from kesher.language.redaction.personal_data import find_identifying_data, find_personal_data, mask

__all__ = ["find_identifying_data", "find_personal_data", "mask"]
