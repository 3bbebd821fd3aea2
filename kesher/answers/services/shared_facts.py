"""Create and change shared facts (a telephone number, a fee …), and index again the answers that use them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.answers.checker_rules import list_formula_facts
from kesher.answers.fact_placeholders import fact_number
from kesher.answers.models import Answer, Checker, Fact
from kesher.answers.services.answers import check_facts_and_length, staff_actor
from kesher.answers.services.search_index import index_or_rebuild
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.language import LANGUAGES

NAME = re.compile(r"[a-z0-9_-]{2,60}")


@transaction.atomic
def set_fact(name: str, words: Mapping[str, str], *, by: Staff | None) -> Fact:
    """Create or change a fact (a named value that texts use), and index the answers that use it again.

    Raise Refused for an invalid name, for no words, if a short answer that uses it would become too long, or if a
    published checker would lose a number.
    """
    kept = {lang: text for lang in LANGUAGES if (text := str(words.get(lang, "")).strip())}
    if not NAME.fullmatch(name):
        raise Refused(_("A fact's name has small Latin letters, digits and underscores."))
    if not kept:
        raise Refused(_("Please write the fact, in one language at least."))
    fact = Fact.objects.select_for_update().filter(name=name).first() or Fact(name=name, agency_id=current_agency_id())
    if fact.words == kept:
        return fact
    if fact_number(kept) is None:
        check_number_not_needed(name)
    fact.words = kept
    fact.save()
    users = list(Answer.objects.filter(facts=fact).select_related("topic"))
    for answer in users:
        check_facts_and_length(answer)
    index_or_rebuild(users)
    audit("answers.set_fact", by=staff_actor(by), subject=fact, name=name, answers=len(users))
    return fact


def check_number_not_needed(name: str) -> None:
    """Raise Refused if a published checker calculates with the fact of this name."""
    users = [str(checker) for checker in Checker.objects.published() if name in list_formula_facts(checker.script)]
    if users:
        raise Refused(
            _("Checkers reckon with this fact: %(checkers)s. Its words in the first language need a number.")
            % {"checkers": ", ".join(users)}
        )
