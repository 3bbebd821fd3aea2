"""Configure the Django app of group purchases: registers jobs, chat dialogues, panels and personal data."""

from django.apps import AppConfig


class PurchasesConfig(AppConfig):
    """The app of group purchases, and what it registers elsewhere."""

    name = "kesher.purchases"
    label = "purchases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register jobs, skills, open data, desk panel, privacy holdings and my page."""
        from kesher.purchases import (
            desk_panel,
            my_page_section,
            open_data,
            participant_skill,
            privacy,
            seller_skill,
            tasks,
        )

        assert tasks  # registers its jobs
        assert participant_skill  # registers its skills
        assert seller_skill
        open_data.register_all()
        desk_panel.register()
        privacy.register_all()
        my_page_section.register_all()
