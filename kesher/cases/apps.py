"""Configure the Django app of cases (requests that staff answer): registers its hooks and personal data."""

from django.apps import AppConfig

from kesher.core import hooks


class CasesConfig(AppConfig):
    """The cases app."""

    name = "kesher.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this app's personal data for export and erasure, and its handlers of hooks."""
        from kesher.cases import privacy, services

        privacy.register_all()
        hooks.inbound.register(services.on_inbound)
        hooks.handoff.register(services.on_handoff)
        hooks.answered.register(services.on_answered)
        hooks.contacts_merged.register(services.on_merge)
