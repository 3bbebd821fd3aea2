"""Configure the Django app of cases (requests that staff answer)."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The cases app."""

    name = "kesher.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the registrations in other apps."""
        from kesher.cases import registrations

        registrations.register_all()
