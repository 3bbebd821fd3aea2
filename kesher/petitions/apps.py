"""Configure the Django app of petitions: registers chat dialogues, jobs, open data, panels and personal data."""

from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    """The app of petitions."""

    name = "kesher.petitions"
    label = "petitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register skills, jobs, and what the app contributes to others."""
        from kesher.petitions import author_skill, registrations, tasks
        from kesher.petitions.skill import signature_details

        assert author_skill  # imported to register its skills
        assert signature_details  # imported to register its skills
        assert tasks  # imported to register its jobs
        registrations.PETITIONS.register()
