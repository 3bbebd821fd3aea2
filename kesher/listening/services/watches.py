"""Store and remove watches."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.listening.models import Mention, Watch
from kesher.listening.watch_query import parse_query

FIELDS = ("name", "query", "purpose", "legal_basis", "retention_days", "owner", "is_active")


@transaction.atomic
def save_watch(watch: Watch | None, *, by: Actor, **values: object) -> Watch:
    """Store a watch; None creates one. Raise Refused for a name that another has, QueryError for a wrong query."""
    parse_query(str(values["query"]))
    saved = watch or Watch(agency_id=current_agency_id())
    before = {name: str(getattr(saved, name)) for name in FIELDS} if watch else {}
    for name in FIELDS:
        setattr(saved, name, values[name])
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise Refused(_("Another watch has this name.")) from error
    audit(
        "listening.save_watch", by=by, subject=saved, before=before, after={name: str(values[name]) for name in FIELDS}
    )
    return saved


@transaction.atomic
def remove_watch(watch: Watch, *, by: Actor) -> int:
    """Delete a watch, and the mentions that no other watch matched; return how many."""
    audit("listening.remove_watch", by=by, subject=watch, name=watch.name, query=watch.query)
    watch.delete()
    _total, counts = Mention.objects.filter(links=None).delete()
    return counts.get("listening.Mention", 0)
