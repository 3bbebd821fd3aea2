"""The four made-up people whose phones the simulator shows."""

from __future__ import annotations

from dataclasses import dataclass

from kesher.channels.message_layout import RTL
from kesher.contacts.addresses import format_address
from kesher.core.contact_address import Address


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a phone number (for WhatsApp and SMS), a Telegram account, a mailbox and a browser."""

    key: str
    name: str
    lang: str
    tel: str
    tg: str
    mail: str
    web: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the person's addresses on all channels."""
        return (self.tel, self.tg, self.mail, self.web)

    @property
    def direction(self) -> str:
        """Return the text direction of the person's language, whatever the page's is."""
        return "rtl" if self.lang in RTL else "ltr"

    @property
    def shown_tel(self) -> str:
        """Return the phone number as people write it."""
        return format_address("tel", self.tel)

    def address(self, scheme: str) -> Address:
        """Return the address of a scheme. Raise KeyError where there is none."""
        return Address(
            scheme, {"tel": self.tel, "tg": self.tg, "mailto": self.mail, "web": self.web}[scheme], self.name
        )


PEOPLE: dict[str, Person] = {
    person.key: person
    for person in (
        Person("dana", "דנה לוי", "he", "+972505550142", "5550142", "dana.levi@example.org", "sim-dana-0142"),
        Person("omar", "عمر حدّاد", "ar", "+972525550143", "5550143", "omar.haddad@example.org", "sim-omar-0143"),
        Person("sveta", "Светлана Гринберг", "ru", "+972545550144", "5550144", "sveta@example.org", "sim-sveta-0144"),
        Person("alex", "Alex Cohen", "en", "+972535550145", "5550145", "alex.cohen@example.org", "sim-alex-0145"),
    )
}
FIRST = "dana"
