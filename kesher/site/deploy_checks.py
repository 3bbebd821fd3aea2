"""System checks for ``kesher check --deploy``: settings that no real installation may have."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register(deploy=True)
def no_simulator(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check that the simulator is off: it accepts messages in anybody's name."""
    if not settings.KESHER_SIMULATOR:
        return []
    hint = "Unset KESHER_SIMULATOR: its pages let everybody write in everybody's name."
    return [Error("The simulator is switched on.", hint=hint, id="kesher.E001")]


@register(deploy=True)
def no_open_guard(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check that the SSRF guard has no exceptions; those are for tests and the simulator."""
    if not settings.KESHER_SSRF_ALLOW:
        return []
    hint = "Unset KESHER_SSRF_ALLOW: accounts could reach machines of the inner network through it."
    return [Error("The guard of outgoing requests has holes.", hint=hint, id="kesher.E002")]


@register(deploy=True)
def second_step_of_staff(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check that staff need a second factor: a guessed password must not open all conversations."""
    if settings.KESHER_SECOND_FACTOR:
        return []
    hint = "Unset KESHER_SECOND_FACTOR: staff then set a second step up at their next sign-in."
    return [Error("Staff come in with a password alone.", hint=hint, id="kesher.E003")]


@register(deploy=True)
def public_over_tls(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check that the public URL is https: providers require it, and people send personal data."""
    if settings.KESHER_PUBLIC_URL.startswith("https://"):
        return []
    hint = "Set KESHER_PUBLIC_URL to the https:// address that citizens and providers use."
    return [Warning("The public address is not https.", hint=hint, id="kesher.W001")]


@register(deploy=True)
def proxy_of_tls(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check that a TLS proxy is declared where the public URL is https: Kesher itself speaks plain HTTP."""
    declared = settings.TRUST_PROXY and any(filter(None, settings.KESHER_PROXY_IPS.split(",")))
    if declared or not settings.KESHER_PUBLIC_URL.startswith("https://"):
        return []
    hint = (
        "Let the proxy set X-Forwarded-For and X-Forwarded-Proto, and set KESHER_TRUST_PROXY=1 (and KESHER_PROXY_IPS, "
        "where it does not come from 127.0.0.1). Else all visitors and providers seem to be one address, share its "
        "limits, and are sent from https to https without end."
    )
    return [Error("The public address is https, and no proxy is trusted.", hint=hint, id="kesher.E004")]
