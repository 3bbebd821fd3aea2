"""The app of the suggestion box."""

from django.apps import AppConfig


class SuggestionsConfig(AppConfig):
    """The suggestion box."""

    name = "tests.suggestions"
    label = "suggestions"

    def ready(self) -> None:
        """Register what the app holds of a person."""
        from tests.suggestions import registrations

        registrations.register_all()
