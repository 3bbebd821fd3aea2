"""Hide what somebody else said under our posts, show it again, or like it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.channels.base import ChannelError
from kesher.channels.secret_redaction import redact
from kesher.channels.services.provider_calls import call_provider
from kesher.conversations.models import Message
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish

STATES = {"hide": ("hidden", True), "show": ("hidden", False), "like": ("liked", True)}


def list_actions(message: Message) -> list[str]:
    """Return what staff may do now with a public message of somebody else, in the order of the page."""
    if not message.public or message.direction != "in" or message.deleted_at is not None or message.account is None:
        return []
    possible = message.account.capabilities().moderation
    wanted = ["show" if message.content.get("hidden") else "hide", *([] if message.content.get("liked") else ["like"])]
    return [action for action in wanted if action in possible]


def moderate(message: Message, action: str, *, staff: Staff) -> None:
    """Hide, show or like a public message on its network, and store that; raise Refused if that cannot be done."""
    account = message.account
    if account is None or action not in list_actions(message):
        raise Refused(_("This cannot be done with this message any more. Reload the page."))
    info = account.info(account.agency.public_url)
    try:
        call_provider(lambda client: account.adapter.moderate(action, message.external_id, info, client))
    except ChannelError as error:
        reason = redact(str(error), (info.token, *info.secrets))
        words = _("The network did not do it (%(reason)s). Try again later, or do it there.")
        raise Refused(words % {"reason": reason}) from error
    store_action(message, action, staff=staff)


@transaction.atomic
def store_action(message: Message, action: str, *, staff: Staff) -> None:
    """Store what was done with a public message, and who did it."""
    name, value = STATES[action]
    message.content = {**message.content, name: value}
    message.save(update_fields=["content"])
    audit("conversations.moderate", by=staff_actor(staff), subject=message, action=action)
    publish(message.conversation.stream)
