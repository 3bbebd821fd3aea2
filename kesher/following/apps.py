"""Configure the Django app of following: registers its dialogues, jobs, and what it contributes to others."""

from django.apps import AppConfig


class FollowingConfig(AppConfig):
    """What people chose to hear about."""

    name = "kesher.following"
    label = "following"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the skill, the jobs, and what the app contributes to others."""
        from kesher.following import registrations, skill, tasks

        assert skill  # imported to register its skill
        assert tasks  # imported to register its job
        registrations.register_all()
