"""Configure the Django app of contests (proposals and votes): its jobs, panels and open data."""

from django.apps import AppConfig


class ContestsConfig(AppConfig):
    """Registers what contests contribute to other apps."""

    name = "kesher.contests"
    label = "contests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register jobs, open data, the desk's panel, privacy holdings and the section of a person's page."""
        from kesher.contests import desk_panel, my_page_section, open_data, registrations, tasks

        assert tasks  # registers its jobs
        open_data.register_all()
        desk_panel.register()
        registrations.register_all()
        my_page_section.register_all()
