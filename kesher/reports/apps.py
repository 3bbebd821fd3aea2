"""Configure the Django app of problem reports: registers its staff panel and personal data."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Problem reports."""

    name = "kesher.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the panel on the staff desk, and the app's personal data for export and erasure."""
        from kesher.reports import desk_panel, privacy

        desk_panel.register()
        privacy.register_all()
