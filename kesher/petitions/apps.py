from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "kesher.petitions"
    label = "petitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.petitions import (
            author_skill,
            desk_panel,
            my_page_section,
            open_data,
            privacy,
            tasks,
            withdraw_skill,
        )

        assert author_skill  # registers its skills
        assert withdraw_skill  # … after those
        assert tasks  # registers its jobs
        open_data.register_all()
        desk_panel.register()
        privacy.register_all()
        my_page_section.register_all()
