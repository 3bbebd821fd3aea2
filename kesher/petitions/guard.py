"""The desk's watch over one petition's signatures: what grew out of proportion, and many voided at once, reversibly."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import in_language
from kesher.agencies.rules import clerk, staff_only
from kesher.channels.registry import channels
from kesher.conversations.doors import channel_title
from kesher.core.charts import bars
from kesher.core.errors import Refused
from kesher.participation.models import Alert, Voiding
from kesher.participation.services import Condition, preview, reverse_voiding, settle_alert, trending, void_many
from kesher.petitions.areas import AreaField, known_areas
from kesher.petitions.desk import find
from kesher.petitions.models import Petition

MOST = 8
DIMENSIONS = {
    "area": gettext_lazy("Area"),
    "source": gettext_lazy("Kind of address"),
    "net": gettext_lazy("Network"),
    "channel": gettext_lazy("Channel"),
}


class ManyForm(forms.Form):
    """Which signatures are void: all that is given must fit."""

    begins = forms.CharField(label=gettext_lazy("Phone numbers that begin with"), max_length=20, required=False)
    domain = forms.CharField(label=gettext_lazy("E-mail addresses at"), max_length=120, required=False)
    net = forms.CharField(label=gettext_lazy("Internet address"), max_length=60, required=False)
    area = AreaField(none=gettext_lazy("Any"), label=gettext_lazy("Area"))
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    since = forms.DateTimeField(
        label=gettext_lazy("Signed from"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label=gettext_lazy("until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        doors = ["web", "api", "desk", *channels()]
        field.choices = [("", _("Any")), *((name, channel_title(name)) for name in doors)]

    def condition(self) -> Condition:
        given = self.cleaned_data
        names = ("domain", "net", "area", "channel")
        plain = {name: given[name] for name in names}
        return Condition(prefix=given["begins"], since=given["since"], until=given["until"], **plain)


def back(code: str) -> HttpResponse:
    return redirect("petitions:desk-watch", code=code)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def watch(request: AgencyRequest, code: str) -> HttpResponse:
    """What looks odd, where people come from, and voiding by a condition: counted first, then begun."""
    found = find(code)
    form, count = ManyForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            count = preview(found.action, form.condition())
            if request.POST.get("step") == "void":
                reason = form.cleaned_data["reason"]
                void_many(found.action, form.condition(), reason=reason, staff=clerk(request))
                messages.success(request, _("It has begun. Each signature leaves the count with this reason."))
                return back(code)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    context = {"petition": found, "form": form, "preview": count, **seen(found)}
    return render(request, "petitions/desk_watch.html", context, status=422 if form.errors else 200)


def seen(found: Petition) -> dict[str, Any]:
    """The alerts, what most come from lately, and what was voided."""
    alerts = Alert.objects.filter(action=found.action, state=Alert.State.OPEN).order_by("-id")[:MOST]
    charts = [
        bars([(named(dimension, key), n) for key, n in rows], str(DIMENSIONS[dimension]))
        for dimension in ("source", "area", "channel")
        if (rows := trending(found.action, dimension, most=MOST))
    ]
    return {
        "alerts": [
            (row, DIMENSIONS.get(row.dimension, row.dimension), named(row.dimension, row.key)) for row in alerts
        ],
        "charts": charts,
        "voidings": Voiding.objects.filter(action=found.action).select_related("staff").order_by("-id")[:MOST],
    }


def named(dimension: str, key: str) -> str:
    """A key as staff read it. A network is known by its digest alone."""
    if dimension == "channel":
        return channel_title(key)
    if dimension == "area":
        return next((in_language(names) for code, names in known_areas() if code == key), key)
    return key


@require_POST
@staff_only("moderate")
def settle(request: AgencyRequest, code: str, pk: int) -> HttpResponse:
    """Somebody looked at an alert."""
    row = get_object_or_404(Alert, pk=pk, action=find(code).action)
    settle_alert(row, staff=clerk(request), acted=request.POST.get("verb") == "acted")
    return back(code)


@require_POST
@staff_only("moderate")
def reverse(request: AgencyRequest, code: str, pk: int) -> HttpResponse:
    """A voiding is taken back as a whole."""
    row = get_object_or_404(Voiding.objects.select_related("action"), pk=pk, action=find(code).action)
    if reverse_voiding(row, staff=clerk(request)):
        messages.success(request, _("These signatures count again."))
    return back(code)
