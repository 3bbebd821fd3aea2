"""Configure the Django app of petitions: registers chat dialogues, jobs, open data, panels and personal data."""

from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    """The app of petitions."""

    name = "kesher.petitions"
    label = "petitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register skills, jobs, open data, the desk panel, personal data and the personal page's section."""
        from kesher.petitions import (
            author_skill,
            desk_panel,
            my_page_section,
            open_data,
            privacy,
            tasks,
        )

        assert author_skill  # imported to register its skills
        assert tasks  # imported to register its jobs
        open_data.register_all()
        desk_panel.register()
        privacy.register_all()
        my_page_section.register_all()
