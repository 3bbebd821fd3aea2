"""Configure the Django app of problem reports: registers its staff panel and personal data."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Problem reports."""

    name = "kesher.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the registrations in other apps."""
        from kesher.reports import registrations

        registrations.register_all()
