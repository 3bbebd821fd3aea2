"""Configure the Django app of citizens' sign-ins: its jobs, personal data and "my page" skill start here."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app of citizens' sign-ins, keys and levels of proof, and of the staff's second step."""

    name = "kesher.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this app's menu links, dialogue skill, jobs and personal data."""
        from kesher.accounts import menu, privacy, skill, tasks

        assert menu  # registers its links in the desk's menu
        assert skill  # registers "my page"
        assert tasks  # registers its jobs
        privacy.register_all()
