"""Configure the Django app of the site: its system checks, and what it contributes to other apps."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The site's own pages and commands."""

    name = "kesher.site"
    label = "kesher_site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the system checks, and make the registrations in other apps."""
        from kesher.site import deploy_checks, registrations

        assert deploy_checks  # importing registers them
        registrations.register_all()
