from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "kesher.site"
    label = "kesher_site"
    default_auto_field = "django.db.models.BigAutoField"
