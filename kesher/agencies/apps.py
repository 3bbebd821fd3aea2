"""Configure the Django app of agencies: the public bodies, their staff and their opening hours."""

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """The app of agencies: public bodies, their staff and their hours."""

    name = "kesher.agencies"
    label = "agencies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the registrations in other apps."""
        from kesher.agencies import registrations

        registrations.register_all()
