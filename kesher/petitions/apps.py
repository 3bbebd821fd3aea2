from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "kesher.petitions"
    label = "petitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.petitions import authoring, open_data, panel, personal, shelf, tasks, withdrawal

        assert authoring  # registers its skills
        assert withdrawal  # … after those
        assert tasks  # registers its jobs
        open_data.register_all()
        panel.register()
        personal.register_all()
        shelf.register_all()
