"""Services of this app: pictures in smaller sizes; a person's own pages are in `my_page.py`."""

from kesher.site.services.images import as_jpeg, smaller_version

__all__ = ["as_jpeg", "smaller_version"]
