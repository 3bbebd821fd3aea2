"""Which channels there are."""

from __future__ import annotations

import pytest

from kesher.channels import registry
from kesher.channels.demo.adapter import Adapter


class Point:
    """An entry point of another package."""

    def __init__(self, name: str, target: object) -> None:
        self.name, self.target = name, target

    def load(self) -> object:
        return self.target


@pytest.fixture(autouse=True)
def fresh() -> None:
    registry.channels.cache_clear()


def points(monkeypatch: pytest.MonkeyPatch, *found: Point) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: list(found))


def test_each_folder_with_an_adapter_is_a_channel_that_knows_its_name() -> None:
    assert {"whatsapp", "telegram", "demo", "failing"} <= set(registry.channels())
    assert all(name == channel.name for name, channel in registry.channels().items())


def test_the_stand_ins_say_so() -> None:
    assert {name for name, one in registry.channels().items() if one.stand_in} == {"demo", "failing"}


def test_a_channel_may_come_from_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, Point("pigeon", Adapter))
    assert registry.get_channel("pigeon").name == "pigeon"
    registry.channels.cache_clear()


def test_another_package_may_not_replace_a_channel_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, Point("whatsapp", Adapter))
    assert registry.get_channel("whatsapp").title == "WhatsApp"


def test_something_else_may_not_pass_for_a_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, Point("pigeon", dict))
    with pytest.raises(TypeError, match="pigeon"):
        registry.channels()


def test_a_channel_that_is_gone_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        registry.get_channel("carrier-pigeon")
