"""The agency's public addresses as links."""

from __future__ import annotations

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.conversations.agency_contact_points import contact_links


def test_each_channel_is_opened_by_its_own_link(
    whatsapp: Account, sms: Account, telegram: Account, mailbox: Account
) -> None:
    links = {way.channel: way.url for way in contact_links("המשך ABC2345", start="c-ABC2345")}
    words = "%D7%94%D7%9E%D7%A9%D7%9A%20ABC2345"
    assert links == {
        "whatsapp": f"https://wa.me/97235550100?text={words}",
        "sms": f"sms:+97235550101?&body={words}",
        "telegram": "https://t.me/neve_yam_bot?start=c-ABC2345",
        "email": f"mailto:moked@neve-yam.example?subject={words}&body={words}",
    }


def test_without_words_a_link_only_opens_the_channel(whatsapp: Account) -> None:
    assert contact_links()[0].url == "https://wa.me/97235550100"


def test_what_is_closed_or_not_public_is_not_offered(
    city: Agency, whatsapp: Account, sms: Account, webchat: Account
) -> None:
    Account.objects.filter(pk=whatsapp.pk).update(is_public=False)
    Account.objects.filter(pk=sms.pk).update(is_active=False)
    assert contact_links() == []
