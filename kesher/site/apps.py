"""Configure the Django app of the site: registers system checks and the sections of "my page"."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class SiteConfig(AppConfig):
    """The site's own pages and commands."""

    name = "kesher.site"
    label = "kesher_site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the system checks, and register the sections of the own page and a menu entry."""
        from kesher.cases.desk_panels import register_link
        from kesher.site import deploy_checks
        from kesher.site.my_page import records, sections

        assert deploy_checks  # importing registers them
        assert records

        sections.register_all()
        title = gettext_lazy("Wishes to be erased")
        register_link(title, "site:erasures", icon="trash", right="erase", order=86, place="face")
