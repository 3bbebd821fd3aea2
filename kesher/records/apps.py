from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "kesher.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.records import desk, personal, skill, tasks, wards

        assert desk  # registers its page in the desk's menu, and its panel beside a person
        assert skill  # registers "what do I owe?"
        assert tasks  # registers its jobs
        assert wards  # registers its page in the desk's menu
        personal.register_all()
