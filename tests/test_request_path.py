"""How many files of Kesher a signature passes: few, so that a newcomer can read the way from the request to the row."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType

from django.test import Client

from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.conversations.tests.talk import hear
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition
from tests.structure import PACKAGE

OMAR = Address("tel", "+972505550177", "Omar")
# What each way passes today: a change may make it shorter, and not longer.
PAGE, WHATSAPP = 44, 88


def files_run(call: Callable[[], object]) -> dict[str, list[str]]:
    """Return the files of Kesher, without tests, whose functions ran in a call, with the functions' names."""
    found: dict[str, list[str]] = {}

    def note(code: CodeType, _offset: int) -> object:
        path = Path(code.co_filename)
        if path.is_relative_to(PACKAGE) and "tests" not in path.parts and not code.co_name.startswith("<"):
            found.setdefault(str(path.relative_to(PACKAGE)), []).append(code.co_qualname)
        return sys.monitoring.DISABLE

    tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events
    sys.monitoring.use_tool_id(tool, "request path")
    try:
        sys.monitoring.register_callback(tool, events.PY_START, note)
        sys.monitoring.set_events(tool, events.PY_START)
        sys.monitoring.restart_events()
        call()
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
    return dict(sorted(found.items()))


def test_a_signature_on_a_page_passes_few_files(client: Client, sms: Account) -> None:
    page = f"/petitions/{a_petition().code}/sign/"
    client.post(page, {"address": "050-5550143"})  # what a process does once is done
    found = files_run(lambda: client.post(page, {"address": "050-5550142"}))
    assert Signature.objects.count() == 2
    assert len(found) <= PAGE, found


def test_a_signature_on_whatsapp_passes_few_files(whatsapp: Account) -> None:
    petition: Petition = a_petition()
    found = files_run(lambda: hear(whatsapp, OMAR, f"לחתום {petition.code}", "1"))
    assert Signature.objects.counted().count() == 1
    assert len(found) <= WHATSAPP, found
