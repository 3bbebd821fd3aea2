from django.apps import AppConfig

from kesher.core import hooks


class AccountsConfig(AppConfig):
    name = "kesher.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.accounts import office, personal, services, skill, tasks

        assert office  # registers its links in the desk's menu
        assert skill  # registers "my page"
        assert tasks  # registers its jobs
        personal.register_all()
        hooks.contacts_merged.register(services.on_merge)
