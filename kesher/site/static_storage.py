"""Static files by the digest in their names, their addresses found once."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class KeptAddresses(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Addresses cannot change while a process runs: its manifest is read at the start. A page asks for some twenty, and
    finding them anew was a twelfth of its making."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.addresses: dict[tuple[str, bool], str] = {}

    def url(self, name: str, force: bool = False) -> str:
        if (name, force) not in self.addresses:
            self.addresses[name, force] = super().url(name, force)
        return self.addresses[name, force]
