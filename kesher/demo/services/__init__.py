"""Services of the demo: create its municipality from the files in `data/`."""

from kesher.demo.services.loader import load_demo
from kesher.demo.services.municipality import set_national_login

__all__ = ["load_demo", "set_national_login"]
