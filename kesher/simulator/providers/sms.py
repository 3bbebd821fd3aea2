"""Fake SMS provider servers of the simulator: Twilio's API and a Kannel gateway.

Sources: twilio.com/docs/api/errors; the Kannel user guide, "Using the HTTP interface to smsbox".
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import uuid
from email.utils import format_datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from kesher.channels.models import Account
from kesher.core.db.agency_scope import scope
from kesher.core.files.attachments import file_path
from kesher.language import sms_parts
from kesher.simulator.providers import accounts_of, stand_in
from kesher.simulator.services import record_message

E164 = re.compile(r"\+[1-9]\d{6,14}")
ADDRESS = re.compile(r"https?://\S+")
LONGEST = 1600


@stand_in
def messages(request: HttpRequest, sid: str) -> HttpResponse:
    """Accept or refuse an SMS as Twilio does (POST /2010-04-01/Accounts/{sid}/Messages.json), and store it."""
    account = twilio_customer(request, sid)
    if account is None:
        return twilio_error(20003, 401, "Authenticate")
    fields = {
        name: request.POST.get(name, "") for name in ("To", "From", "MessagingServiceSid", "Body", "StatusCallback")
    }
    problem = twilio_problem(fields)
    if problem:
        return twilio_error(*problem)
    number = f"SM{uuid.uuid4().hex}"
    with scope(account.agency):
        record_message(account.channel, fields["To"], {**fields, "id": number, "account": account.key})
    answer = {
        "sid": number,
        "account_sid": sid,
        "status": "queued",
        "to": fields["To"],
        "from": fields["From"] or None,
        "body": fields["Body"],
        "num_segments": str(sms_parts(fields["Body"]).parts),
        "date_created": format_datetime(timezone.now()),
        "error_code": None,
    }
    return JsonResponse(answer, status=201)


@stand_in
def twilio_account(request: HttpRequest, sid: str) -> HttpResponse:
    """Describe an account to whoever has its password, as Twilio does (GET /2010-04-01/Accounts/{sid}.json)."""
    account = twilio_customer(request, sid)
    if account is None:
        return twilio_error(20003, 401, "Authenticate")
    return JsonResponse({"sid": sid, "friendly_name": account.agency.name, "status": "active", "type": "Full"})


@stand_in
def twilio_file(request: HttpRequest, digest: str) -> HttpResponse:
    """Return a file that a simulated person sent as a multimedia message."""
    if not file_path(digest).is_file():
        return HttpResponse(status=404)
    return HttpResponse(file_path(digest).read_bytes(), content_type="application/octet-stream")


def twilio_customer(request: HttpRequest, sid: str) -> Account | None:
    """Return the SMS account whose user name and password the request has, or None."""
    try:
        pair = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
    except (binascii.Error, ValueError):
        return None
    for account in accounts_of("sms"):
        expected = f"{account.settings.get('account_sid')}:{account.info().token}"
        if account.settings.get("account_sid") == sid and hmac.compare_digest(expected.encode(), pair.encode()):
            return account
    return None


def twilio_problem(fields: dict[str, str]) -> tuple[int, int, str] | None:
    """Return (code, status, text) of the error that Twilio would give for this message, or None."""
    if not fields["To"]:
        return 21604, 400, "A 'To' phone number is required."
    if not E164.fullmatch(fields["To"]):
        return 21211, 400, f"The 'To' number {fields['To']} is not a valid phone number."
    if not (fields["From"] or fields["MessagingServiceSid"]):
        return 21603, 400, "A 'From' phone number is required."
    if not fields["Body"]:
        return 21602, 400, "Message body is required."
    if len(fields["Body"].encode("utf-16-le")) // 2 > LONGEST:
        return 21617, 400, "The concatenated message body exceeds the 1600 character limit."
    if fields["StatusCallback"] and not ADDRESS.fullmatch(fields["StatusCallback"]):
        return 21609, 400, "The StatusCallback URL is not a valid URL."
    return None


def twilio_error(code: int, status: int, message: str) -> JsonResponse:
    """Return an error response in Twilio's JSON format."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JsonResponse({"code": code, "message": message, "more_info": more, "status": status}, status=status)


@stand_in
def kannel(request: HttpRequest) -> HttpResponse:
    """Accept or refuse an SMS as Kannel's gateway does (GET /cgi-bin/sendsms), and store it."""
    given = request.GET
    account = next((row for row in accounts_of("kannel") if kannel_knows(row, request)), None)
    if account is None:
        return HttpResponse("Authorization failed for sendsms", status=403, content_type="text/plain")
    if not given.get("to"):
        return HttpResponse("Missing receiver number, rejected", status=400, content_type="text/plain")
    if not given.get("text"):
        return HttpResponse("Missing message text, rejected", status=400, content_type="text/plain")
    plain = sms_parts(given["text"]).encoding == "gsm7"
    if not plain and given.get("coding") != "2":
        return HttpResponse("Message text does not fit its coding, rejected", status=400, content_type="text/plain")
    payload = {name: given.get(name, "") for name in ("from", "to", "text", "coding", "dlr-url", "dlr-mask")}
    with scope(account.agency):
        record_message(account.channel, given["to"], {**payload, "id": uuid.uuid4().hex, "account": account.key})
    return HttpResponse("0: Accepted for delivery", status=202, content_type="text/plain")


def kannel_knows(account: Account, request: HttpRequest) -> bool:
    """Return whether the request carries this account's user name and password."""
    name = str(account.settings.get("username", ""))
    return (request.GET.get("username"), request.GET.get("password")) == (name, account.info().token)
