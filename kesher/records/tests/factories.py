"""Sources, made quickly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from kesher.contacts.models import Contact
from kesher.records.models import RecordSource, WardRequest
from kesher.records.services import ask_for_ward, give_consent, save_source
from kesher.records.sources.base import Info, Proven, Row, Subject
from kesher.records.sources.readings import Order, Plan

DANA = Subject((Proven("tel", "+972505550142", 2),), "דנה לוי")
BILL = {"key": "b1", "title": "ארנונה", "kind": "bill", "status": "due", "amount": "612.40", "due": "+5"}


def a_source(code: str = "arnona", rows: Any = (BILL,), **more: Any) -> RecordSource:
    """A demonstration source that has these rows for everybody."""
    settings = {"people": rows if isinstance(rows, dict) else {"*": list(rows)}, **more.pop("settings", {})}
    values: dict[str, Any] = {
        "code": code,
        "adapter": "demo",
        "names": {"he": f"מקור {code}", "en": f"Source {code}"},
        "wordings": {"he": "אני מסכים/ה", "en": "I agree"},
        "settings": settings,
        **more,
    }
    return save_source(None, staff=None, **values)


def a_failing_source(code: str = "broken", way: str = "error", **more: Any) -> RecordSource:
    return a_source(code, adapter="failing", settings={"way": way, **more.pop("how", {})}, **more)


def a_ward_request(taker: Contact, **more: Any) -> WardRequest:
    """A parent asks to act for Noa, who is seven."""
    today = timezone.localdate()
    values: dict[str, Any] = {
        "kind": "child",
        "name": "נועה לוי",
        "number": "0123-45678",
        "born": today - timedelta(days=7 * 366),
        "until": None,
        "scope": ["school"],
        "level": 2,
        **more,
    }
    return ask_for_ward(taker, **values)


def agree(contact: Contact, *sources: RecordSource) -> None:
    give_consent(contact, sources, lang="he")


def order(code: str = "a", way: str = "", pk: int = 1, timeout: float = 1.0, **more: Any) -> Order:
    """What a runner is asked, without a database: the failing source in this way, or one row."""
    settings = (
        {"way": way, "seconds": 5}
        if way
        else {"people": {"*": [{"key": "1", "title": code}]}, "delay": more.pop("delay", 0)}
    )
    info = Info(code, 1, settings, timeout=timeout)
    return Order(pk=pk, info=info, adapter="failing" if way else "demo", key=f"key-{code}", **more)


def plan(*orders: Order) -> Plan:
    return Plan(1, DANA, orders)


def row(**values: Any) -> Row:
    return Row(**{"key": "1", "title": "שורה", **values})
