"""Configure the Django app of citizens' sign-ins: its jobs, personal data and "my page" skill start here."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app of citizens' sign-ins, keys and levels of proof, and of the staff's second step."""

    name = "kesher.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the dialogue skill and the jobs, and make the registrations in other apps."""
        from kesher.accounts import registrations, skill, tasks

        assert skill  # registers "my page"
        assert tasks  # registers its jobs
        registrations.register_all()
