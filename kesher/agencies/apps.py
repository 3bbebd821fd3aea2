from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "kesher.agencies"
    label = "agencies"
    default_auto_field = "django.db.models.BigAutoField"
