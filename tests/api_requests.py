"""Requests that schemathesis makes up for each operation of the API, sent within this process and undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import schemathesis
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.schemas import APIOperation

from kesher.accounts.services import start_sign_in
from kesher.agencies.models import Agency
from kesher.answers.models import Answer, Checker
from kesher.communities.models import Community
from kesher.contacts.models import Identity
from kesher.discussions.models import Post
from kesher.purchases.api.key_operations import DOES
from kesher.reports.models import ServiceRequest
from kesher.server.wsgi import application
from kesher.verbs.openapi import find_document
from tests import demo

SEED = 1
ADDRESSES = ["+972505557001", "noa@example.com"]
# What is well formed may still be refused: an address that we cannot reach, a code that was not sent.
ACCEPTED = ["2xx", 304, 400, 404, 409, 422, 429]
CONFIG = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}})
Fields = Mapping[str, list[Any]]
type AnyOperation = APIOperation[Any, Any, Any, Any]


def real_values() -> dict[str, Fields]:
    """Return values of the demo for the parameters of paths, by the beginning of the path."""
    gathering = demo.own_petition("gathering")()
    return {
        "/api/v1/answers/": {"slug": [Answer.objects.published()[0].slug]},
        "/api/v1/checks/": {"slug": [one.slug for one in Checker.objects.published()]},
        "/api/v1/communities/": {"code": [*Community.objects.values_list("code", flat=True)]},
        "/api/v1/contests/": {"code": ["73206", "70128", "74419", "61940"]},
        "/api/v1/petitions/{code}/author/": {"code": gathering[:1], "key": gathering[1:]},
        "/api/v1/petitions/": {"code": [*demo.petition(), gathering[0]]},
        "/api/v1/posts/": {"code": [*Post.objects.values_list("code", flat=True)[:5]]},
        "/api/v1/purchases/mine/": {"key": [*demo.own_pledge(), *demo.own_interest()]},
        "/api/v1/purchases/organise/": {"key": [*demo.organised(), *demo.handing()], "verb": [*DOES]},
        "/api/v1/purchases/": {"code": [*demo.purchase(), *demo.gathering()]},
        "/api/v1/reports/": {"number": [ServiceRequest.objects.order_by("pk")[0].case.number]},
        "/api/v1/requests/": {"key": demo.pending_request()},
    }


def with_real_values(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the demo's codes and keys in its paths, and addresses that can be reached."""
    known = real_values()
    for path, item in document["paths"].items():
        values: Fields = next((values for begin, values in known.items() if path.startswith(begin)), {})
        for parameter in item["parameters"]:
            parameter["schema"] = {"enum": values.get(parameter["name"], ["x"])}
        for operation in item.values():
            reachable(operation)
    return document


def reachable(operation: Any) -> None:
    """Put addresses that can be reached among those that an operation takes."""
    body = operation.get("requestBody") if isinstance(operation, dict) else None
    fields = body["content"].get("application/json", {}).get("schema", {}).get("properties", {}) if body else {}
    if "address" in fields:
        fields["address"] = {"anyOf": [{"enum": ADDRESSES}, fields["address"]]}


def operations(agency: Agency) -> list[AnyOperation]:
    """Return the operations of an agency's document."""
    loaded = schemathesis.openapi.from_dict(with_real_values(find_document(agency)), config=CONFIG)
    loaded.app = application
    return [found.ok() for found in loaded.get_all_operations() if isinstance(found, Ok)]


def signed_in_headers() -> dict[str, str]:
    """Return the headers of a browser in which a citizen of the demo is signed in."""
    identity = Identity.objects.filter(scheme="tel").order_by("pk")[0]
    return {"Cookie": f"kesher_me={start_sign_in(identity, level=2, way='code', device='').token}"}


def find_faults(operation: AnyOperation, headers: dict[str, str], examples: int, statuses: Counter[int]) -> list[str]:
    """Send an operation made-up requests; count the statuses, and return what schemathesis finds.

    ``examples``: how many besides those that try each limit of its schema, which strangers alone send.
    """

    def send(case: schemathesis.Case[Any]) -> None:
        with transaction.atomic():
            response = case.call(headers=headers)
            statuses[response.status_code] += 1
            case.validate_response(response)
            transaction.set_rollback(True)

    modes = [mode for mode in HypothesisTestMode if not headers or mode is not HypothesisTestMode.COVERAGE]
    made = settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    config = HypothesisTestConfig(project=CONFIG.projects.get_default(), modes=modes, settings=made, seed=SEED)
    faults: list[str] = []
    try:
        with patch.object(connection, "close_if_unusable_or_obsolete"):  # at the end of each request
            create_test(operation=operation, test_func=send, config=config)()
    except* Exception as found:
        faults = [f"{operation.label}: {one}" for one in found.exceptions]
    return faults
