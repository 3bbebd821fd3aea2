"""Who may open what: every address of the house, and what each of four people is answered to a GET.

A stranger; Ruth, a clerk of this body; Miriam, its manager; Sasha, a clerk of another body, signed in. The simulator is off,
as in production. What a POST does to whoever may not is a rule of its own, in `test_permissions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Answers(NamedTuple):
    """The status that each gets."""

    stranger: int
    clerk: int
    manager: int
    other: int


PUBLIC = Answers(200, 200, 200, 200)
STAFF = Answers(302, 200, 200, 403)  # a stranger is led to the login
MANAGERS = Answers(302, 403, 200, 403)
ADMINS = Answers(302, 403, 403, 403)
POSTS = Answers(405, 405, 405, 405)
GOES_ON = Answers(302, 302, 302, 302)
OFF = Answers(404, 404, 404, 404)

TABLE: Mapping[str, Answers] = {
    "site:home": PUBLIC,
    "site:search": PUBLIC,
    "site:privacy": PUBLIC,
    "site:accessibility": PUBLIC,
    "site:language": GOES_ON,
    "site:theme": PUBLIC,
    "site:file": PUBLIC,
    "site:live_ticket": Answers(403, 403, 403, 403),
    "site:health": PUBLIC,
    "site:robots": PUBLIC,
    "site:styleguide": PUBLIC,
    "site:simulator": OFF,
    "site:simulator_say": OFF,
    "site:simulator_everywhere": OFF,
    "site:simulator_again": OFF,
    "site:simulator_mail": OFF,
    "site:simulator_picture": OFF,
    "site:whatsapp_file": OFF,
    "simulator/provider/whatsapp/<str:version>/<slug:number>/messages": OFF,
    "simulator/provider/whatsapp/<str:version>/<slug:digest>": OFF,
    "simulator/provider/telegram/bot<str:token>/<slug:method>": OFF,
    "simulator/provider/telegram/file/bot<str:token>/<path:path>": OFF,
    "simulator/provider/sms/2010-04-01/Accounts/<slug:sid>/Messages.json": OFF,
    "site:sms_file": OFF,
    "simulator/provider/kannel/cgi-bin/sendsms": OFF,
    "agencies:login": Answers(200, 302, 302, 200),
    "agencies:logout": POSTS,
    "agencies:password": STAFF,
    "agencies:staff": ADMINS,
    "agencies:staff_new": ADMINS,
    "agencies:staff_edit": ADMINS,
    "dialogues:continue": PUBLIC,
    "conversations:chat": PUBLIC,
    "conversations:stream": PUBLIC,
    "conversations:upload": POSTS,
    "cases:inbox": STAFF,
    "cases:conversation": STAFF,
    "cases:send": POSTS,
    "cases:holder": POSTS,
    "cases:release": POSTS,
    "cases:about": POSTS,
    "cases:block": POSTS,
    "cases:open": POSTS,
    "cases:send_again": POSTS,
    "cases:case": Answers(302, 302, 302, 403),
    "cases:move": POSTS,
    "cases:topic": POSTS,
    "cases:case_holder": POSTS,
    "cases:call": STAFF,
    "cases:merges": STAFF,
    "cases:decide": POSTS,
    "cases:undo": POSTS,
    "cases:channels": STAFF,
    "cases:switch": POSTS,
    "cases:retry": POSTS,
    "cases:overview": MANAGERS,
    "cases:overview_csv": MANAGERS,
    "petitions:list": PUBLIC,
    "petitions:detail": PUBLIC,
    "petitions:count": PUBLIC,
    "petitions:sign": GOES_ON,
    "petitions:confirm": PUBLIC,
    "petitions:thanks": PUBLIC,
    "petitions:withdraw": PUBLIC,
    "petitions:withdraw-code": PUBLIC,
    "petitions:desk": STAFF,
    "petitions:desk-new": MANAGERS,
    "petitions:desk-petition": STAFF,
    "petitions:desk-edit": MANAGERS,
    "petitions:desk-move": POSTS,
    "petitions:desk-update": MANAGERS,
    "petitions:desk-response": MANAGERS,
    "petitions:desk-signatures": STAFF,
    "petitions:desk-void": Answers(302, 403, 404, 403),
    "petitions:desk-sign-for": STAFF,
    "petitions:api-list": PUBLIC,
    "petitions:api-detail": PUBLIC,
    "petitions:api-signatures": POSTS,
    "petitions:api-confirm": POSTS,
    "reports:new": PUBLIC,
    "reports:done": GOES_ON,
    "reports:later": PUBLIC,
    "reports:status": PUBLIC,
    "reports:status_of": PUBLIC,
    "reports:desk": STAFF,
    "reports:desk_new": STAFF,
    "reports:desk_export": MANAGERS,
    "reports:desk_report": STAFF,
    "reports:desk_publish": Answers(302, 405, 405, 403),
    "reports:api_topics": PUBLIC,
    "reports:api_reports": POSTS,
    "reports:api_report": PUBLIC,
}
