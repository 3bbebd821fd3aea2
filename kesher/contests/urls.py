"""URLs of contests: public pages, jury pages, staff pages and API."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.cache import never_cache

from kesher.contests import api, desk
from kesher.contests.registrations import CONTESTS
from kesher.contests.views import ballots, contests, jury, micro_votes, proposals, results, withdrawals

app_name = "contests"
urlpatterns = [
    *CONTESTS.urls(),
    path("contests/", contests.contests, name="list"),
    path("contests/jury/<slug:key>/", jury.jury, name="jury"),
    path("contests/jury/<slug:key>/<int:number>/", jury.judge, name="judge"),
    path("contests/<slug:code>/", contests.detail, name="detail"),
    path("contests/<slug:code>/count/", contests.count, name="count"),
    path("contests/<slug:code>/proposals/", proposals.proposals, name="proposals"),
    path("contests/<slug:code>/proposals/<int:number>/", proposals.proposal, name="proposal"),
    path("contests/<slug:code>/propose/", proposals.propose_page.show, name="propose"),
    path("contests/<slug:code>/proposed/", never_cache(proposals.propose_page.confirm), name="proposed"),
    path("contests/<slug:code>/vote/", ballots.vote_page.show, name="vote"),
    path("contests/<slug:code>/vote/confirm/", ballots.vote_page.confirm, name="confirm"),
    path("contests/<slug:code>/vote/thanks/", ballots.voted, name="voted"),
    path("contests/<slug:code>/opinions/", never_cache(micro_votes.micro_vote_page.show), name="opinions"),
    path("contests/<slug:code>/opinions/add/", micro_votes.add_statement, name="add-statement"),
    path("contests/<slug:code>/pairs/", never_cache(micro_votes.micro_vote_page.show), name="pairs"),
    path("contests/<slug:code>/mine/", micro_votes.micro_vote_page.count, name="mine"),
    path("contests/<slug:code>/mine/code/", never_cache(micro_votes.micro_vote_page.confirm), name="mine-code"),
    path("contests/<slug:code>/back/", never_cache(withdrawals.withdraw_page.show), name="back"),
    path("contests/<slug:code>/back/code/", never_cache(withdrawals.withdraw_page.confirm), name="back-code"),
    path("contests/<slug:code>/how/", results.how, name="how"),
    path("contests/<slug:code>/credits/", proposals.credits, name="credits"),
    path("desk/contests/", desk.contests, name="desk"),
    path("desk/contests/new/", desk.new, name="desk-new"),
    path("desk/contests/poll/", desk.poll, name="desk-poll"),
    path("desk/contests/<slug:code>/", desk.contest, name="desk-contest"),
    path("desk/contests/<slug:code>/edit/", desk.edit, name="desk-edit"),
    path("desk/contests/<slug:code>/round/", desk.new_round, name="desk-round-new"),
    path("desk/contests/<slug:code>/round/<int:position>/", desk.edit_round, name="desk-round"),
    path("desk/contests/<slug:code>/move/", desk.move, name="desk-move"),
    path("desk/contests/<slug:code>/proposals/", desk.proposals, name="desk-proposals"),
    path("desk/contests/<slug:code>/proposals/new/", desk.add, name="desk-add"),
    path("desk/contests/<slug:code>/proposals/<int:number>/", desk.proposal, name="desk-proposal"),
    path("desk/contests/<slug:code>/jury/", desk.jury, name="desk-jury"),
    path("desk/contests/<slug:code>/decision/", desk.decision, name="desk-decision"),
    path("desk/contests/<slug:code>/outcome/", desk.outcome, name="desk-outcome"),
    path("api/v1/contests/", api.contests, name="api-list"),
    path("api/v1/contests/<slug:code>/", api.contest, name="api-detail"),
    path("api/v1/contests/<slug:code>/proposals/", api.proposals, name="api-proposals"),
    path("api/v1/contests/<slug:code>/votes/", api.votes, name="api-votes"),
    path("api/v1/contests/<slug:code>/votes/confirm/", api.vote_api.confirm_view, name="api-confirm"),
    path("api/v1/contests/<slug:code>/withdraw/", api.withdraw_api.view, name="api-withdraw"),
    path("api/v1/contests/<slug:code>/withdraw/confirm/", api.withdrawn, name="api-withdrawn"),
    path("api/v1/contests/<slug:code>/ballots/", api.ballots, name="api-ballots"),
]
