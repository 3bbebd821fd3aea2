"""The child process of `bench.api`: loads the demo, and sends each operation its requests."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections import Counter

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from kesher.agencies.models import Agency  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.participation import rate_limits  # noqa: E402
from kesher.participation.open_data_document import write_rows  # noqa: E402
from tests.api_requests import find_faults, operations, signed_in_headers  # noqa: E402


def main(examples: int) -> None:
    """Print what was found as one line of JSON."""
    logging.disable()
    call_command("migrate", verbosity=0)
    call_command("demo", verbosity=0)
    write_rows()
    rate_limits.TRIES = 10**9
    agency, began, statuses = Agency.objects.get(), time.process_time(), Counter[int]()
    with scope(agency):
        found = operations(agency)
        faults = [
            fault
            for headers in ({}, signed_in_headers())
            for operation in found
            for fault in find_faults(operation, headers, examples, statuses)
        ]
    summary = {
        "operations": len(found),
        "examples": examples,
        "requests": statuses.total(),
        "statuses": dict(sorted(statuses.items())),
        "cpu_s": round(time.process_time() - began, 1),
        "failures": faults,
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main(int(sys.argv[1]))
