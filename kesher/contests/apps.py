from django.apps import AppConfig


class ContestsConfig(AppConfig):
    name = "kesher.contests"
    label = "contests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.contests import desk_panel, my_page_section, open_data, privacy, tasks

        assert tasks  # registers its jobs
        open_data.register_all()
        desk_panel.register()
        privacy.register_all()
        my_page_section.register_all()
