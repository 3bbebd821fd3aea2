"""The ``kesher`` command: Django's management under one name."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from kesher.core.translations import ROOT, compile_catalogues


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kesher.site.settings")
    if sys.argv[1:2] == ["up"]:
        compile_catalogues(ROOT)  # before Django reads them: every process of the server is a fork of this one
    if sys.argv[1:2] != ["translations"]:  # which writes beside the code, for everybody to read
        os.umask(0o077)  # what is written from here on is people's data
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
