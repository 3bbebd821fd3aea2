"""Configure the Django app of group purchases: registers jobs, chat dialogues, panels and personal data."""

from django.apps import AppConfig


class PurchasesConfig(AppConfig):
    """The app of group purchases, and what it registers elsewhere."""

    name = "kesher.purchases"
    label = "purchases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register skills, jobs, and what the app contributes to others."""
        from kesher.purchases import registrations, tasks
        from kesher.purchases.skill import participants

        assert participants  # imported to register its skills
        assert tasks  # imported to register its jobs
        registrations.PURCHASES.register()
