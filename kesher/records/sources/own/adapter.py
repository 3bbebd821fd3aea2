"""Record source "own": what this Kesher server itself knows of a person (their cases, petitions, purchases)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from kesher.records.sources.base import Check, Client, Info, Reading, Source, SourceError, Subject
from kesher.records.sources.local_data_rows import READERS, read_internal_rows


class Adapter(Source):
    """The adapter of this server's own data."""

    titles = {
        "he": "המידע שבמערכת הזו",
        "ar": "بيانات هذا النظام",
        "ru": "Данные этой системы",
        "en": "This system's own",
    }
    settings = {"what": "cases (default), or another name that this server registers"}
    threads = ThreadPoolExecutor(
        8, thread_name_prefix="records-own"
    )  # own threads: a kind that hangs must not use another's

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Return the person's rows from the reader that the settings name (default: their cases here)."""
        what = str(info.settings.get("what", "cases"))
        if what not in READERS:
            raise SourceError("no such thing here", code="settings")
        loop = asyncio.get_running_loop()
        return Reading(
            tuple(await loop.run_in_executor(self.threads, read_internal_rows, what, info.agency_id, subject))
        )

    def check(self, info: Info) -> Sequence[Check]:
        """Return the result of checking that the reader in the settings is registered."""
        what = str(info.settings.get("what", "cases"))
        return (Check("what", what in READERS, ", ".join(sorted(READERS))),)
