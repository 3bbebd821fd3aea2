"""Pages for jurors, opened by a private link: score proposals, or declare a conflict of interest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.contests import services
from kesher.contests.models import SCORE_MAX, Juror, JuryScore, Proposal
from kesher.contests.services.jury import REASON_MAX
from kesher.core.errors import Refused


class JudgeForm(forms.Form):
    """A juror's points and reason for one proposal."""

    points = forms.ChoiceField(
        label=_("Points"), choices=[(str(n), str(n)) for n in range(SCORE_MAX + 1)], required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason (public)"), max_length=REASON_MAX, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


def juror_of(key: str) -> Juror:
    """Return the active juror whose private link has this key. Raise Http404."""
    found = Juror.objects.select_related("contest__action").filter(key=key[:24], active=True).first()
    if found is None:
        raise Http404
    return found


@require_GET
def jury(request: AgencyRequest, key: str) -> HttpResponse:
    """Show a juror every published proposal with their own score; unscored ones come first."""
    juror = juror_of(key)
    rows = list(Proposal.objects.shown().filter(contest=juror.contest).select_related("picture").order_by("number"))
    said = {row.proposal_id: row for row in juror.scores.all()}
    rows.sort(key=lambda row: row.pk in said)
    return render(
        request,
        "contests/jury.html",
        {
            "juror": juror,
            "contest": juror.contest,
            "sits": services.round_for(juror.contest, "score") is not None,
            "rows": [
                {"proposal": row, "said": said.get(row.pk), "form": form_of(row, said.get(row.pk))} for row in rows
            ],
            "done": len(said),
        },
    )


def form_of(proposal: Proposal, said: JuryScore | None) -> JudgeForm:
    """Return the scoring form of a proposal, filled with this juror's earlier score."""
    start: dict[str, Any] = {}
    if said is not None:
        start = {"points": str(said.score) if said.score is not None else "", "reason": said.reason}
    return JudgeForm(initial=start, prefix=f"p{proposal.number}")


@require_POST
def judge(request: AgencyRequest, key: str, number: int) -> HttpResponse:
    """Save a juror's posted score with its reason, or their conflict of interest."""
    juror = juror_of(key)
    proposal = Proposal.objects.shown().filter(contest=juror.contest, number=number).first()
    if proposal is None:
        raise Http404
    form = JudgeForm(request.POST, prefix=f"p{proposal.number}")
    try:
        if not form.is_valid():
            raise Refused(_now("Choose how many points you give."))
        reason = form.cleaned_data["reason"]
        if request.POST.get("verb") == "conflict":
            services.declare_conflict(juror, proposal, reason=reason)
        elif form.cleaned_data["points"]:
            services.score(juror, proposal, int(form.cleaned_data["points"]), reason=reason)
        else:
            raise Refused(_now("Choose how many points you give."))
        messages.success(request, _now("Saved."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("contests:jury", key=juror.key)
