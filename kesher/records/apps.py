from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "kesher.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.records import desk, privacy, skill, tasks, ward_views

        assert desk  # registers its page in the desk's menu, and its panel beside a person
        assert skill  # registers "what do I owe?"
        assert tasks  # registers its jobs
        assert ward_views  # registers its page in the desk's menu
        privacy.register_all()
