"""Static files storage with a digest in the names, and a cache of the URLs."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class CachedUrlStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Whitenoise's manifest storage with cached URLs.

    The manifest is read once at the start, so a URL cannot change while the process runs. A page shows about twenty;
    computing them was a twelfth of its time.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Start with an empty cache of URLs."""
        super().__init__(*args, **kwargs)
        self.addresses: dict[tuple[str, bool], str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """Return the URL of a static file, with a hash of its content, from a cache."""
        if (name, force) not in self.addresses:
            self.addresses[name, force] = super().url(name, force)
        return self.addresses[name, force]
