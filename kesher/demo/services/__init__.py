"""Services of the demo: create its municipality from the files in `data/`."""

from kesher.demo.services.loader import load_demo

__all__ = ["load_demo"]
