"""Configure the Django app of contacts: people, their addresses, consents and merges."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """The app of contacts: people, their addresses and their consent."""

    name = "kesher.contacts"
    label = "contacts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this app's personal data for export and erasure, and import its periodic jobs."""
        from kesher.contacts import registrations, tasks

        assert tasks  # registers its jobs
        registrations.register_all()
