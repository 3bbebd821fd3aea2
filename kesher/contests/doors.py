"""How people come to one contest: what to write on any channel, and links that pass it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from kesher.agencies.models import in_language
from kesher.channels.registry import channels
from kesher.contacts.addresses import shown
from kesher.contests.models import Contest
from kesher.conversations.ways import Way, ways


def words_for(contest: Contest, verb: str) -> str:
    """What to write, on any channel, in the reader's language."""
    words = _("propose %(code)s") if verb == "propose" else _("vote %(code)s")
    return words % {"code": contest.code}


def doors(contest: Contest, verb: str) -> list[Way]:
    """The agency's public addresses as links that open the channel with the words already there. One query."""
    found = ways(words_for(contest, verb), start=contest.code)
    return [replace(way, address=shown("tel", way.address)) if way.address.startswith("+") else way for way in found]


def channel_title(name: str) -> str:
    """What people call a channel, or a door that is none."""
    own = {"web": _("This site"), "desk": _("At the counter or by phone"), "api": _("Another site")}
    if name in own:
        return own[name]
    adapter = channels().get(name)
    return in_language(dict(adapter.public_title)) or adapter.title if adapter else name


def level_title(level: str) -> str:
    """What a level of proof means, in words."""
    titles = {
        "1": _("Phone or e-mail answered"),
        "2": _("Two addresses proved"),
        "3": _("National login"),
    }
    return titles.get(level, level)


@dataclass(frozen=True, slots=True)
class Share:
    """One place to pass something on."""

    title: str
    icon: str
    url: str


def shares(page: str, title: str) -> list[Share]:
    """Links that pass a page on; no script, and nobody else's button that watches our readers."""
    return [
        Share(_("WhatsApp"), "chat", f"https://wa.me/?{query(text=f'{title} {page}')}"),
        Share(_("Telegram"), "send", f"https://t.me/share/url?{query(url=page, text=title)}"),
        Share(_("Facebook"), "users", f"https://www.facebook.com/sharer/sharer.php?{query(u=page)}"),
        Share(_("E-mail"), "mail", f"mailto:?{query(subject=title, body=page)}"),
    ]


def absolute(path: str) -> str:
    """A path as the outside knows it."""
    return settings.KESHER_PUBLIC_URL.rstrip("/") + path


def query(**values: str) -> str:
    # A blank as %20: "+" is a plus sign in mailto: (RFC 6068).
    return urlencode(values, quote_via=quote)
