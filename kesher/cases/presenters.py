"""How the desk names a danger that somebody wrote of, or may have written of."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.conversations.models import Conversation, Message

KINDS: dict[str, Promise] = {
    "suicide": gettext_lazy("suicide"),
    "violence": gettext_lazy("violence"),
    "gas": gettext_lazy("gas"),
    "lost_child": gettext_lazy("a lost child"),
    "abuse": gettext_lazy("abuse of staff"),
}


def describe_danger(kind: str, *, sure: bool) -> str:
    """Return what a clerk reads of a danger of this kind: "danger to life: gas", or "perhaps a danger: gas"."""
    named = KINDS.get(kind)
    if kind == "abuse":
        return str(named)
    if named is None:
        return _("danger to life") if sure else _("perhaps a danger")
    words = _("danger to life: %(kind)s") if sure else _("perhaps a danger: %(kind)s")
    return words % {"kind": named}


def present_danger(row: Conversation | None) -> tuple[str, str]:
    """Return (what to show of a danger, "sure" or "possible") of a conversation; two empty texts for none."""
    if row is not None and row.in_danger:
        return describe_danger(row.danger_kind, sure=True), "sure"
    if row is not None and row.may_be_in_danger:
        return describe_danger(row.possible_kind, sure=False), "possible"
    return "", ""


def present_situation(message: Message) -> tuple[str, str]:
    """Return the same of one message, as it was understood when it came."""
    understood = message.content.get("understood", {})
    tier = understood.get("situation", "")
    return (describe_danger(understood.get("kind", ""), sure=tier == "sure"), tier) if tier else ("", "")
