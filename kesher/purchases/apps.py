from django.apps import AppConfig


class PurchasesConfig(AppConfig):
    name = "kesher.purchases"
    label = "purchases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kesher.purchases import dialogue, open_data, panel, personal, seller, shelf, tasks

        assert tasks  # registers its jobs
        assert dialogue  # registers its skills
        assert seller
        open_data.register_all()
        panel.register()
        personal.register_all()
        shelf.register_all()
