"""Services of this app: the simulator's storage, a person's own pages, and the demo agency."""

from kesher.site.services.images import as_jpeg, smaller_version
from kesher.site.services.simulator import (
    STREAM,
    keep_photo,
    load_demo,
    record_message,
    reset_phones,
    store_receipt_count,
)

__all__ = [
    "STREAM",
    "as_jpeg",
    "keep_photo",
    "load_demo",
    "record_message",
    "reset_phones",
    "smaller_version",
    "store_receipt_count",
]
