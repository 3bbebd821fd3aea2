from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kesher.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.accounts import menu, privacy, skill, tasks

        assert menu  # registers its links in the desk's menu
        assert skill  # registers "my page"
        assert tasks  # registers its jobs
        privacy.register_all()
