"""How people come to one contest: what to write on any channel, and links that pass it on."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.contests.models import Contest


def words_for(contest: Contest, verb: str) -> str:
    """What to write, on any channel, in the reader's language."""
    words = _("propose %(code)s") if verb == "propose" else _("vote %(code)s")
    return words % {"code": contest.code}
