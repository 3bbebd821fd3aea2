"""The made-up people whose phones the simulator shows."""

from __future__ import annotations

from dataclasses import dataclass

from kesher.channels.message_layout import RTL
from kesher.contacts.addresses import format_address
from kesher.core.contact_address import Address
from kesher.demo.data_files import read


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


PEOPLE: dict[str, Person] = {row["key"]: Person(**row) for row in read("people")}
FIRST = next(iter(PEOPLE))
