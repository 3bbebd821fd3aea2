"""Services of this app: the simulator's storage, a person's own pages, and the demo agency."""

from kesher.site.services.images import as_jpeg, smaller
from kesher.site.services.simulator import STREAM, begin_anew, keep_photo, record, told
from kesher.site.services.town import load_demo

__all__ = ["STREAM", "as_jpeg", "begin_anew", "keep_photo", "load_demo", "record", "smaller", "told"]
