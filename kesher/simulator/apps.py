"""Configure the Django app of the simulator: registers its job and its entry in the desk's menu."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class SimulatorConfig(AppConfig):
    """Simulated phones and fake providers, installed where KESHER_SIMULATOR is on."""

    name = "kesher.simulator"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the tasks, and register the menu entry."""
        from kesher.cases.desk_panels import register_link
        from kesher.channels.registry import STAND_INS
        from kesher.simulator import tasks
        from kesher.simulator.services import settings_of_stand_in

        assert tasks  # importing registers them
        if settings_of_stand_in not in STAND_INS:
            STAND_INS.append(settings_of_stand_in)
        register_link(
            gettext_lazy("Simulator"),
            "simulator:phones",
            icon="smartphone",
            order=90,
            place="admin",
            group="channels",
            purpose=gettext_lazy("Made-up phones, to try every channel without a provider."),
        )
