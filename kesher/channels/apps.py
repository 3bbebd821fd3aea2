"""Configure the Django app of channels: WhatsApp, Telegram, SMS, e-mail and the others."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """The configuration of the app."""

    name = "kesher.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the periodic job."""
        from kesher.channels import tasks

        assert tasks  # importing registers it
