"""The command ``kesher demo`` where the simulator is installed: its fake providers serve the demo's accounts."""

from __future__ import annotations

from kesher.agencies.models import Agency
from kesher.simulator.services import load_demo
from kesher.site.management.commands import demo


class Command(demo.Command):
    """Load the demo behind the fake providers."""

    def load(self, address: str) -> tuple[Agency, bool]:
        """Return the demo agency, served by the fake providers at ``address``, and whether it was created now."""
        return load_demo(address)
