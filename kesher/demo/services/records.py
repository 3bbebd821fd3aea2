"""Demo data loader: record sources, consents, and a father who lets a daughter see the father's records."""

from __future__ import annotations

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.demo.data_files import Row, fields, read
from kesher.records.models import Mandate, RecordSource
from kesher.records.services import give_consent, record_look, save_source


def load_records(agency: Agency) -> None:
    """Create the record sources, consents and a delegation."""
    data = read("records")
    sources = [create_source(row, order) for order, row in enumerate(data["sources"], 1)]
    asking = [source for source in sources if source.asks_consent]
    daughter, father = (find_person(row) for row in data["people"].values())
    # One source is left undecided, for trying the page.
    give_consent(daughter.contact, [source for source in asking if source.code != data["undecided"]], lang="he")
    give_consent(father.contact, asking, lang="he")
    mandate = Mandate.objects.create(
        agency=agency,
        giver=father.contact,
        taker=daughter.contact,
        begun_by=Mandate.Side.GIVER,
        invited=daughter,
        **fields(data["mandate"]),
    )
    record_look(father.contact, daughter.contact, mandate.scope, mandate=mandate)


def create_source(row: Row, order: int) -> RecordSource:
    """Create a record source and return it; the city's own have no purposes and need no consent."""
    wordings = read("records")["wordings"] if "purposes" in row else {}
    filled = {lang: text.format(row["names"][lang]) for lang, text in wordings.items()}
    given = {"purposes": {}, "asks_consent": False, **row}
    return save_source(None, staff=None, wordings=filled, order=order * 10, **given)


def find_person(row: Row) -> Identity:
    """Return the phone identity of a person; create it if it is missing."""
    return get_or_create_identity(Address("tel", row["phone"], row["name"]), assurance=1, language="he")
