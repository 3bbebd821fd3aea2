"""What conversations contribute to other apps: personal data to export and to erase, and handlers of hooks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Agency
from kesher.agencies.setup_steps import SetupStep, register_setup_step
from kesher.contacts.privacy_registry import Holding, register
from kesher.conversations import services
from kesher.conversations.models import BroadcastRow, Message, Route
from kesher.conversations.services.erasure import erase_stream, find_files
from kesher.core import hooks


def has_message(agency: Agency) -> bool:
    """Return whether a message from a citizen has arrived."""
    return Message.objects.filter(direction=Message.Direction.IN).exists()


FIRST_MESSAGE = SetupStep(
    "message",
    _("The first message"),
    _("Open the web chat as a citizen would, and write to yourselves. It appears here and at the desk."),
    "conversations:chat",
    has_message,
    order=90,
    link=_("Send us a message"),
    waits=_("Waiting for the first message …"),
    done=_("Message received"),
)


def register_all() -> None:
    """Make the registrations in other apps, once the apps are ready."""
    register_setup_step(FIRST_MESSAGE)
    hooks.completed.register(services.on_completed)
    hooks.contacts_merged.register(services.on_merge)
    register(
        Holding(
            "messages",
            _("Your conversation with us"),
            (
                "conversations.conversation",
                "conversations.message",
                "conversations.delivery",
                "conversations.privateinvitation",
            ),
            lambda ids: Message.objects.filter(conversation__contact__in=ids),
            {
                "received": _("When"),
                "direction": _("Direction"),
                "channel": _("Channel"),
                "public": _("Everybody can read it"),
                "text": _("Words"),
            },
            erase=erase_stream,
            files=find_files,
            keeps=_(
                "That a message came or went, when and on which channel, without a word of it: our statistics. What "
                "the providers sent us in the raw goes, too; what nobody could read of it goes by itself within thirty "
                "days."
            ),
            order=10,
        )
    )
    register(
        Holding(
            "routes",
            _("Where we can write to you"),
            ("conversations.route",),
            lambda ids: Route.objects.filter(conversation__contact__in=ids),
            {"account__channel": _("Channel"), "last_in_at": _("Last used"), "closed": _("Closed")},
            order=11,
        )
    )
    register(
        Holding(
            "broadcasts",
            _("What we sent to many and to you"),
            ("conversations.broadcastrow",),
            lambda ids: BroadcastRow.objects.filter(contact__in=ids),
            {"broadcast__name": _("About"), "broadcast__created": _("When"), "state": _("State")},
            keeps=_("That it was sent to somebody."),
            order=12,
        )
    )
