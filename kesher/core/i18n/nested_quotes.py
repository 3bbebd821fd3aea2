"""Hebrew quotation marks within others: a title that has its own marks stands in a sentence with single ones."""

from __future__ import annotations

import re
from typing import Final

# ״מילה ל״דדליין״״ and ״״דדליין״ בעברית״: two marks in a row show which ones are inside.
_INNER_LAST: Final = re.compile("״([^״\n]*)״([^״\n]+)״״")
_INNER_FIRST: Final = re.compile("״״([^״\n]+)״([^״\n]*)״")


def nest_quotes(text: str) -> str:
    """Return a text in which quotation marks within others are single: ״מילה ל׳דדליין׳״."""
    if "״״" not in text:
        return text
    return _INNER_FIRST.sub("״׳\\1׳\\2״", _INNER_LAST.sub("״\\1׳\\2׳״", text))
