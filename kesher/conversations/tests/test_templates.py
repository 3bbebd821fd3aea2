"""Which approved templates a person is offered."""

from __future__ import annotations

from kesher.channels.models import Account, Template
from kesher.channels.services import approve_template
from kesher.conversations.services.outbound import fill_template, find_templates


def test_a_template_for_a_country_is_offered_in_its_language(whatsapp: Account) -> None:
    for language in ("en_US", "he", "ru"):
        approve_template(whatsapp, name="case_update", language=language, body="{{1}}")
    assert [row.language for row in find_templates(whatsapp, "en", "service")] == ["en_US"]
    assert [row.language for row in find_templates(whatsapp, "ar", "service")] == ["he"]
    assert fill_template(Template.objects.get(language="en_US"), ["7"]).lang == "en"
