"""The command ``kesher setup``: create an agency, its first administrator and its public URL."""

from __future__ import annotations

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from kesher.agencies.base_url import is_site_url
from kesher.agencies.models import Agency
from kesher.language import LANGUAGES
from kesher.site.services.agency_setup import Administrator, set_up_agency


class Command(BaseCommand):
    """Set up an agency."""

    help = "Sets a public body up: asks for what is not given as an option."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--name", help="the public body's name, in Hebrew")
        parser.add_argument("--name-ar"), parser.add_argument("--name-ru"), parser.add_argument("--name-en")
        parser.add_argument("--slug", help="a short Latin name for addresses and files")
        parser.add_argument("--url", help="where citizens reach it, as https://city.example")
        parser.add_argument("--admin", help="the first administrator's user name")
        parser.add_argument("--admin-name", help="the administrator's own name")
        parser.add_argument(
            "--password-file", help="a file with the administrator's password; without it one is asked for"
        )
        parser.add_argument("--email", default="", help="the public body's own e-mail address")
        parser.add_argument("--phone", default="", help="its telephone number")

    def handle(self, **options: Any) -> None:
        """Ask for what the options leave out, and create an agency with its first administrator."""
        name = options["name"] or self.ask("Name of the public body (Hebrew)")
        url = options["url"] or self.ask("Public address", settings.KESHER_PUBLIC_URL)
        check_url(url)
        slug = options["slug"] or self.ask("Short Latin name", urlsplit(url).hostname or "agency")
        admin = options["admin"] or self.ask("User name of the first administrator", "admin")
        password, made = self.password(admin, options["password_file"])
        names = {"he": name} | {lang: text for lang in LANGUAGES[1:] if (text := options[f"name_{lang}"])}
        contact = {key: options[key] for key in ("email", "phone") if options[key]}
        with transaction.atomic():
            self.make(slug.replace(".", "-")[:40], names, url, admin, options["admin_name"] or admin, password, contact)
        self.tell(url, admin, password if made else "")

    def make(
        self,
        slug: str,
        names: dict[str, str],
        url: str,
        admin: str,
        admin_name: str,
        password: str,
        contact: dict[str, str],
    ) -> None:
        """Create the agency, its web chat and the administrator. Raise CommandError where the agency exists."""
        if Agency.objects.filter(slug=slug).exists():
            raise CommandError(f"A public body named “{slug}” is set up already. Choose another --slug.")
        # Only a second agency is told apart from the first by its host.
        host = (urlsplit(url).hostname or "") if Agency.objects.exists() else ""
        if host and host in {
            urlsplit(settings.KESHER_PUBLIC_URL).hostname,
            *Agency.objects.values_list("host", flat=True),
        }:
            raise CommandError(f"{host} leads to another public body already. Give this one an --url of its own.")
        # Without a URL of its own, the agency follows the installation's.
        own = "" if url.rstrip("/") == settings.KESHER_PUBLIC_URL.rstrip("/") else url
        administrator = Administrator(admin, admin_name, password)
        set_up_agency(slug=slug, names=names, url=own, host=host, contact=contact, administrator=administrator)

    def password(self, admin: str, path: str | None) -> tuple[str, bool]:
        """Return (password, whether it was generated): from a file, from the keyboard, or random."""
        if User.objects.filter(username=admin).exists():
            return "", False
        if path:
            with open(path, encoding="utf-8") as file:
                return validate_strength(file.read().strip()), False
        if not sys.stdin.isatty():
            return secrets.token_urlsafe(12), True
        typed = getpass.getpass(f"Password for {admin} (empty: make one): ")
        return (validate_strength(typed), False) if typed else (secrets.token_urlsafe(12), True)

    def ask(self, question: str, default: str = "") -> str:
        """Return the answer to a question on the terminal, else the default. Raise CommandError without either."""
        if not sys.stdin.isatty():
            if default:
                return default
            raise CommandError(f"{question}: give it as an option (see kesher setup --help).")
        answer = input(f"{question}{f' [{default}]' if default else ''}: ").strip() or default
        if not answer:
            raise CommandError(f"{question}: an answer is needed.")
        return answer

    def tell(self, url: str, admin: str, password: str) -> None:
        """Print how the administrator signs in, and what to set up next."""
        self.stdout.write(f"Ready. Sign in at {url.rstrip('/')}/desk/ as {admin}.")
        if password:
            self.stdout.write(f"Password (shown once): {password}")
        self.stdout.write(f"Start every process with KESHER_PUBLIC_URL={url}")
        self.stdout.write(
            f"Keys: {settings.DATA}/*.key. Keep a copy elsewhere: without them no provider's secret can be read."
        )
        self.stdout.write("Next: open the providers' accounts (docs/production.md), then: kesher channels")


def check_url(url: str) -> None:
    """Raise CommandError unless this is a URL without a path."""
    if not is_site_url(url.removesuffix("/")):
        raise CommandError(f"“{url}” is no address. Write it as https://city.example")


def validate_strength(password: str) -> str:
    """Return the password unchanged. Raise CommandError where it is too weak."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return password
