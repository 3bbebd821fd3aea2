"""Permissions of every URL: the status that each of four people gets for a GET.

A stranger; Ruth, a clerk of this agency; Miriam, its manager; Sasha, a clerk of another agency, signed in. The simulator is
off, as in production. Refused POSTs are tested in `test_permissions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Answers(NamedTuple):
    """The status for each person."""

    stranger: int
    clerk: int
    manager: int
    other: int


PUBLIC = Answers(200, 200, 200, 200)
STAFF = Answers(302, 200, 200, 403)  # a stranger is redirected to the login
MANAGERS = Answers(302, 403, 200, 403)
ADMINS = Answers(302, 403, 403, 403)
POSTS = Answers(405, 405, 405, 405)
GOES_ON = Answers(302, 302, 302, 302)
OFF = Answers(404, 404, 404, 404)

ABOUT_POSTS = ("reply", "edit", "delete", "report", "ask")
# What takes a POST only.
POSTED = """
agencies:logout agencies:team_remove
cases:topic_remove cases:starter_set cases:send cases:holder cases:release cases:about cases:block cases:open cases:insert
cases:suggestion cases:continue_privately cases:draft cases:take_back cases:transcript cases:ready_away cases:send_again cases:move
cases:topic cases:case_holder cases:decide cases:undo cases:switch cases:retry cases:read_again
cases:outgoing_start cases:outgoing_release listening:watch_remove listening:source_remove listening:source_fetch
cases:channel_probe cases:channel_webhook cases:channel_test cases:channel_templates cases:channel_rotate
cases:channel_remove cases:moderation
verbs:api-files verbs:api-confirm
suggestions:api-suggest
site:my_consent site:my_erasure site:my_address site:decide_erasure
accounts:code_again accounts:begin_anew accounts:sign_out accounts:sign_out_everywhere accounts:remove_key
accounts:passkey_options accounts:enter_by_passkey accounts:staff_codes accounts:staff_remove
accounts:staff_invite_again accounts:staff_invite_withdraw accounts:staff_password_link accounts:staff_return
accounts:staff_not_me accounts:staff_provider_test accounts:staff_provider_agree accounts:staff_provider_unbind
conversations:upload answers:useful answers:api_useful
records:ward_withdraw records:end records:cancel records:desk_switch records:desk_again records:desk_ward_decide
records:desk_ward_end records:desk_ward_address
petitions:not-me petitions:desk-decide petitions:desk-note petitions:desk-hold petitions:desk-extend
petitions:desk-news petitions:desk-alert petitions:desk-reverse petitions:desk-move petitions:api-signatures
petitions:api-confirm petitions:api-withdraw petitions:api-withdrawn petitions:api-prove petitions:api-own-words
petitions:api-own-news petitions:api-own-close
contests:judge contests:desk-move contests:desk-alert contests:desk-reverse contests:api-confirm
contests:add-statement contests:mine contests:api-withdraw contests:api-withdrawn
purchases:desk-move purchases:desk-decide-news purchases:desk-alert purchases:desk-reverse purchases:api-interest
purchases:api-pledges purchases:api-offers purchases:api-confirm purchases:api-mine purchases:api-own-pledge
purchases:api-own-interest purchases:api-own-place purchases:api-own-vote purchases:api-own-slot
purchases:api-lead-decide
reports:api_reports site:setup_line following:api-follow following:api-unfollow
discussions:api-reply discussions:api-edit discussions:api-delete discussions:api-report discussions:api-ask discussions:decide
communities:api-join communities:api-post communities:api-leave communities:desk_archive
incidents:attach incidents:insert incidents:move incidents:describe incidents:withdraw incidents:split incidents:merge
incidents:attach_case incidents:case incidents:person
"""

TABLE: Mapping[str, Answers] = {
    **dict.fromkeys(POSTED.split(), POSTS),
    "site:home": PUBLIC,
    "site:search": PUBLIC,
    "site:privacy": PUBLIC,
    "site:accessibility": PUBLIC,
    "site:call_back": PUBLIC,
    "site:language": GOES_ON,
    "site:theme": PUBLIC,
    "site:file": PUBLIC,
    "site:live_ticket": Answers(403, 403, 403, 403),
    "site:robots": PUBLIC,
    **dict.fromkeys(("site:manifest", "site:service_worker", "site:offline"), PUBLIC),
    "site:icon": OFF,  # no icon has this size
    "site:styleguide": PUBLIC,
    "site:first_setup": Answers(410, 410, 410, 410),  # an agency exists
    "site:setup": MANAGERS,
    **dict.fromkeys(("site:rules", "site:charter"), OFF),  # there is no text yet
    **dict.fromkeys(("site:edit_rules", "site:edit_charter"), MANAGERS),
    "site:body": MANAGERS,
    "site:calendar": MANAGERS,
    "simulator:phones": OFF,
    "simulator:say": OFF,
    "simulator:everywhere": OFF,
    "simulator:again": OFF,
    "simulator:mail": OFF,
    "simulator:picture": OFF,
    "simulator:whatsapp_file": OFF,
    "simulator/provider/whatsapp/<str:version>/<slug:number>/messages": OFF,
    "simulator/provider/whatsapp/<str:version>/<slug:waba>/subscribed_apps": OFF,
    "simulator/provider/whatsapp/<str:version>/<slug:waba>/message_templates": OFF,
    "simulator/provider/whatsapp/<str:version>/<slug:digest>": OFF,
    "simulator/provider/sms/2010-04-01/Accounts/<slug:sid>.json": OFF,
    "simulator/provider/telegram/bot<str:token>/<slug:method>": OFF,
    "simulator/provider/telegram/file/bot<str:token>/<path:path>": OFF,
    "simulator/provider/sms/2010-04-01/Accounts/<slug:sid>/Messages.json": OFF,
    "simulator:sms_file": OFF,
    "simulator/provider/kannel/cgi-bin/sendsms": OFF,
    "simulator:nation": OFF,
    "simulator/provider/nation/.well-known/openid-configuration": OFF,
    "simulator/provider/nation/keys": OFF,
    "simulator:nation_authorize": OFF,
    "simulator/provider/nation/token": OFF,
    "simulator/provider/nation/userinfo": OFF,
    "agencies:login": Answers(200, 302, 302, 200),
    "accounts:staff_own_password": STAFF,
    "cases:outgoing_hold": MANAGERS,
    "listening:register": PUBLIC,
    **dict.fromkeys([f"communities:{name}" for name in ("list", "feed", "join", "post", "leave")], PUBLIC),
    **dict.fromkeys([f"communities:{name}-done" for name in ("join", "post", "leave")], GOES_ON),
    **dict.fromkeys([f"discussions:{name}" for name in ("thread", *ABOUT_POSTS)], PUBLIC),
    **dict.fromkeys([f"discussions:{name}-done" for name in ABOUT_POSTS], GOES_ON),
    **dict.fromkeys([f"communities:desk{name}" for name in ("", "_new", "_edit")], MANAGERS),
    **dict.fromkeys([f"discussions:{name}" for name in ("queue", "watched_words", "remove")], MANAGERS),
    **dict.fromkeys(("listening:mentions", "discussions:questions", "discussions:desk_thread"), STAFF),
    **dict.fromkeys(("listening:watches", "listening:watch_new", "listening:watch_edit"), MANAGERS),
    **dict.fromkeys(("listening:sources", "listening:source_new", "listening:source_edit"), MANAGERS),
    "agencies:limits": ADMINS,
    "agencies:staff": ADMINS,
    "agencies:staff_edit": ADMINS,
    "agencies:teams": MANAGERS,
    "agencies:team_new": MANAGERS,
    "agencies:team_edit": MANAGERS,
    "agencies:hours": MANAGERS,
    "agencies:places": MANAGERS,
    "agencies:place_new": MANAGERS,
    "agencies:place_edit": MANAGERS,
    "agencies:place_remove": POSTS,
    "agencies:places_import": MANAGERS,
    "agencies:places_export": MANAGERS,
    "cases:topics": MANAGERS,
    "cases:topic_new": MANAGERS,
    "cases:topic_edit": MANAGERS,
    "verbs:confirm": Answers(410, 410, 410, 410),
    "verbs:api": PUBLIC,
    "verbs:api-document": PUBLIC,
    "following:follow": PUBLIC,
    "following:follow-done": GOES_ON,
    "following:unfollow": PUBLIC,
    "following:unfollow-done": GOES_ON,
    "suggestions:suggest": PUBLIC,
    "suggestions:suggest-done": GOES_ON,
    "suggestions:desk": STAFF,
    "suggestions:desk-suggest": STAFF,
    "site:my_messages": GOES_ON,
    "site:my_wishes": GOES_ON,
    "site:my_data": GOES_ON,
    "site:my_export": GOES_ON,
    "site:erasures": MANAGERS,
    "accounts:me": GOES_ON,
    "accounts:sign_in": PUBLIC,
    "accounts:code": GOES_ON,
    "accounts:prove": GOES_ON,
    "accounts:enter": OFF,
    "accounts:second": GOES_ON,
    "accounts:second_code": GOES_ON,
    "accounts:address": GOES_ON,
    "accounts:address_code": GOES_ON,
    "accounts:keys": GOES_ON,
    "accounts:app": GOES_ON,
    "accounts:passkey": GOES_ON,
    "accounts:prove_by_app": GOES_ON,
    **dict.fromkeys(("accounts:national", "accounts:national_back"), OFF),
    **dict.fromkeys(("accounts:staff_provider", "accounts:staff_provider_back"), OFF),  # none is set up
    "accounts:staff_provider_edit": ADMINS,
    "accounts:staff_second": Answers(302, 302, 302, 403),
    "accounts:staff_set_up": STAFF,
    "accounts:staff_keys": STAFF,
    "accounts:staff_forget": ADMINS,
    "accounts:staff_invite": ADMINS,
    "accounts:staff_leave": ADMINS,
    "accounts:staff_join": Answers(410, 410, 410, 410),
    "accounts:staff_password": Answers(410, 410, 410, 410),
    "accounts:staff_reset_answer": Answers(410, 410, 410, 410),
    "accounts:staff_address_proof": Answers(410, 410, 410, 410),
    "accounts:staff_lost": PUBLIC,
    "accounts:staff_address": STAFF,
    "accounts:my_sign_ins": STAFF,
    "accounts:staff_sign_ins": ADMINS,
    "accounts:staff_sign_ins_csv": ADMINS,
    "accounts:desk_national": ADMINS,
    "accounts:desk_national_new": ADMINS,
    "accounts:desk_national_edit": ADMINS,
    "dialogues:continue": PUBLIC,
    "conversations:elsewhere": PUBLIC,
    "conversations:chat": PUBLIC,
    "conversations:stop": PUBLIC,
    "conversations:private": PUBLIC,
    "conversations:stream": PUBLIC,
    "cases:inbox": STAFF,
    "cases:administration": STAFF,
    "cases:waiting": STAFF,
    "cases:conversation": STAFF,
    "cases:presence": STAFF,
    "cases:ready": STAFF,
    "cases:ready_new": MANAGERS,
    "cases:ready_edit": MANAGERS,
    "cases:case": Answers(302, 302, 302, 403),
    "cases:call": STAFF,
    "cases:merges": STAFF,
    "cases:channels": STAFF,
    "cases:channel": STAFF,
    **dict.fromkeys(
        ("cases:channel_kinds", "cases:channel_new", "cases:channel_edit", "cases:channel_register"), ADMINS
    ),
    **dict.fromkeys(("cases:channel_confirm", "cases:channel_csv"), ADMINS),
    "cases:overview": MANAGERS,
    "cases:overview_csv": MANAGERS,
    "answers:list": PUBLIC,
    "answers:suggest": PUBLIC,
    "answers:sitemap": PUBLIC,
    "answers:topic": PUBLIC,
    "answers:answer": PUBLIC,
    **dict.fromkeys(("incidents:desk", "incidents:incident", "incidents:notice", "incidents:end"), STAFF),
    "understanding:desk": STAFF,
    "understanding:desk_review": Answers(302, 403, 405, 403),
    "understanding:desk_reopen": Answers(302, 403, 405, 403),
    "answers:desk": STAFF,
    "answers:desk_new": STAFF,
    "answers:desk_topics": STAFF,
    "answers:desk_facts": STAFF,
    "answers:desk_synonyms": STAFF,
    "answers:desk_misses": STAFF,
    "answers:desk_answer": STAFF,
    "answers:desk_move": Answers(302, 405, 405, 403),
    "answers:desk_waiting": Answers(302, 405, 405, 403),
    "answers:desk_restore": Answers(302, 405, 405, 403),
    "answers:desk_history": STAFF,
    "answers:desk_preview": STAFF,
    "answers:checks": PUBLIC,
    "answers:check": PUBLIC,
    "answers:desk_checks": STAFF,
    "answers:desk_check_new": STAFF,
    "answers:desk_check": STAFF,
    "answers:desk_check_move": Answers(302, 405, 405, 403),
    "answers:desk_check_arrange": Answers(302, 405, 405, 403),
    "answers:desk_check_preview": STAFF,
    "answers:desk_check_part": MANAGERS,  # a published one; clerks write drafts
    "answers:api_answers": PUBLIC,
    "answers:api_answer": PUBLIC,
    "answers:api_checks": PUBLIC,
    "answers:api_check": PUBLIC,
    "records:mine": GOES_ON,  # nobody here is signed in as a citizen
    "records:everything": GOES_ON,
    "records:ticket": GOES_ON,
    "records:export": GOES_ON,
    "records:paper": GOES_ON,
    "records:calendar": GOES_ON,
    "records:consents": GOES_ON,
    "records:looks": GOES_ON,
    "records:acting": GOES_ON,
    "records:ward": GOES_ON,
    "records:mandate": GOES_ON,
    "records:reminders": GOES_ON,
    "records:ask": GOES_ON,
    "records:remind": GOES_ON,
    "records:desk": STAFF,
    "records:desk_new": ADMINS,
    "records:desk_edit": ADMINS,
    "records:desk_wards": STAFF,
    "records:desk_ward": STAFF,
    "records:desk_person": STAFF,
    "petitions:list": PUBLIC,
    "petitions:start": PUBLIC,
    "petitions:similar": PUBLIC,
    "petitions:standards": PUBLIC,
    "petitions:started": OFF,  # nobody waits for a code here
    "petitions:author": OFF,  # by the author's own key
    "petitions:rewrite": OFF,
    "petitions:tell": OFF,
    "petitions:close": OFF,
    "petitions:share": PUBLIC,
    "petitions:card": PUBLIC,
    "petitions:detail": PUBLIC,
    "petitions:count": PUBLIC,
    "petitions:sign": GOES_ON,
    "petitions:confirm": PUBLIC,
    "petitions:thanks": GOES_ON,
    "petitions:withdraw": PUBLIC,
    "petitions:withdraw-code": PUBLIC,
    "contests:list": PUBLIC,
    "contests:jury": PUBLIC,  # by the juror's own key
    "contests:detail": PUBLIC,
    "contests:count": PUBLIC,
    "contests:proposals": PUBLIC,
    "contests:proposal": PUBLIC,
    "contests:propose": PUBLIC,
    "contests:proposed": GOES_ON,
    "contests:vote": PUBLIC,
    "contests:confirm": GOES_ON,  # nothing waits for a code here
    "contests:voted": GOES_ON,
    "contests:credits": PUBLIC,
    "contests:card": PUBLIC,
    "contests:desk": STAFF,
    "contests:desk-new": MANAGERS,
    "contests:desk-poll": MANAGERS,
    "contests:desk-contest": STAFF,
    "contests:desk-edit": MANAGERS,
    "contests:desk-round-new": MANAGERS,
    "contests:desk-round": MANAGERS,
    "contests:desk-proposals": STAFF,
    "contests:desk-add": MANAGERS,
    "contests:desk-proposal": STAFF,
    "contests:desk-jury": MANAGERS,
    "contests:desk-decision": MANAGERS,
    "contests:desk-outcome": MANAGERS,
    "contests:desk-watch": Answers(302, 403, 404, 403),  # a round without a vote
    "contests:api-counts": PUBLIC,
    "contests:api-rows": Answers(409, 409, 409, 409),  # before the vote is over
    "contests:api-list": PUBLIC,
    "contests:api-detail": PUBLIC,
    "contests:api-proposals": PUBLIC,
    "contests:api-votes": PUBLIC,
    "contests:api-ballots": Answers(409, 409, 409, 409),  # before the vote is over
    "contests:opinions": GOES_ON,  # where the vote is of another kind
    "contests:pairs": GOES_ON,
    "contests:mine-code": GOES_ON,
    "contests:how": GOES_ON,
    "contests:back": PUBLIC,
    "contests:back-code": PUBLIC,
    "petitions:desk": STAFF,
    "petitions:desk-new": MANAGERS,
    "petitions:desk-rules": MANAGERS,
    "petitions:desk-close": MANAGERS,
    "petitions:desk-promise": Answers(302, 403, 404, 403),
    "petitions:desk-watch": MANAGERS,
    "petitions:desk-petition": STAFF,
    "petitions:desk-edit": MANAGERS,
    "petitions:desk-update": MANAGERS,
    "petitions:desk-response": MANAGERS,
    "petitions:desk-signatures": STAFF,
    "petitions:desk-void": Answers(302, 403, 404, 403),
    "petitions:desk-again": Answers(302, 403, 404, 403),
    "petitions:desk-withdraw": Answers(302, 404, 404, 403),
    "petitions:desk-sign-for": STAFF,
    "petitions:api-counts": PUBLIC,
    "petitions:api-rows": Answers(503, 503, 503, 503),  # before the worker has written them
    "petitions:api-list": PUBLIC,
    "petitions:api-detail": PUBLIC,
    "petitions:api-similar": PUBLIC,
    "petitions:api-own": OFF,  # by the author's own key
    "purchases:list": PUBLIC,
    "purchases:new": PUBLIC,
    "purchases:rights": PUBLIC,
    "purchases:mine": Answers(404, 404, 404, 404),  # a link that only its owner has
    "purchases:organise": Answers(404, 404, 404, 404),
    "purchases:organise-places": Answers(404, 404, 404, 404),
    "purchases:organise-pickup": Answers(404, 404, 404, 404),
    "purchases:detail": PUBLIC,
    "purchases:count": PUBLIC,
    "purchases:card": PUBLIC,
    "purchases:join": GOES_ON,
    "purchases:pledge": GOES_ON,
    "purchases:confirm": PUBLIC,
    "purchases:offer": PUBLIC,
    "purchases:unoffer": PUBLIC,
    "purchases:draw": PUBLIC,
    "purchases:desk": STAFF,
    "purchases:desk-new": MANAGERS,
    "purchases:desk-purchase": STAFF,
    "purchases:desk-edit": MANAGERS,
    "purchases:desk-cancel": MANAGERS,
    "purchases:desk-offer": MANAGERS,
    "purchases:desk-review": Answers(302, 403, 404, 403),
    "purchases:desk-choose": MANAGERS,
    "purchases:desk-news": MANAGERS,
    "purchases:desk-join": STAFF,
    "purchases:desk-pledges": STAFF,
    "purchases:desk-allocation": STAFF,
    "purchases:desk-points": MANAGERS,
    "purchases:desk-pickup": STAFF,
    "purchases:desk-pickup-csv": MANAGERS,
    "purchases:desk-watch": MANAGERS,
    "purchases:api-counts": PUBLIC,
    "purchases:api-rows": Answers(503, 503, 503, 503),  # before the worker has written them
    "purchases:api-list": PUBLIC,
    "purchases:api-detail": PUBLIC,
    "purchases:api-own": OFF,  # by one's own key
    "purchases:api-lead": OFF,  # by the organiser's own key
    "purchases:api-lead-pickup": OFF,
    "reports:new": PUBLIC,
    "reports:shared": GOES_ON,  # without words; a POST shows the form with them
    "reports:done": GOES_ON,
    "reports:status": PUBLIC,
    "reports:status_of": PUBLIC,
    "reports:desk": STAFF,
    "reports:desk_new": STAFF,
    "reports:desk_export": MANAGERS,
    "reports:desk_report": STAFF,
    "reports:desk_publish": Answers(302, 405, 405, 403),
    "reports:api_topics": PUBLIC,
    "reports:api_report": PUBLIC,
}
