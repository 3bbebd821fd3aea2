"""Entry point of the ``kesher`` command: Django's management commands."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from kesher.core.i18n.translations import compile_all


def main() -> None:
    """Run the management command that the command line names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kesher.site.settings")
    if sys.argv[1:2] == ["up"]:
        compile_all()  # before Django reads them; the server's processes are forks of this one
    if sys.argv[1:2] != ["translations"]:  # which writes source files
        os.umask(0o077)  # all other files hold personal data
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
