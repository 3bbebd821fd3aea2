"""Configure the Django app of the site: registers system checks, jobs, and the sections of "my page"."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy


class SiteConfig(AppConfig):
    """The site's own pages, commands and simulator."""

    name = "kesher.site"
    label = "kesher_site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the system checks and tasks, and register the sections of the own page and menu entries."""
        from kesher.cases.desk_panels import register_link
        from kesher.site import deploy_checks, tasks
        from kesher.site.my_page import records, sections

        assert deploy_checks  # importing registers them
        assert tasks
        assert records

        sections.register_all()
        title = gettext_lazy("Wishes to be erased")
        register_link(title, "site:erasures", icon="trash", right="erase", order=86, place="face")
        if settings.KESHER_SIMULATOR:
            register_link(gettext_lazy("Simulator"), "site:simulator", icon="smartphone", order=95, place="face")
