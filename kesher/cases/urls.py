from django.urls import path

from kesher.cases import desk, drafting, office

app_name = "cases"
urlpatterns = [
    path("desk/", desk.inbox, name="inbox"),
    path("desk/waiting/", desk.waiting, name="waiting"),
    path("desk/people/<slug:key>/", desk.conversation, name="conversation"),
    path("desk/people/<slug:key>/send/", desk.send, name="send"),
    path("desk/people/<slug:key>/holder/", desk.holder, name="holder"),
    path("desk/people/<slug:key>/release/", desk.release, name="release"),
    path("desk/people/<slug:key>/about/", desk.about, name="about"),
    path("desk/people/<slug:key>/block/", desk.block, name="block"),
    path("desk/people/<slug:key>/open/", desk.open_case, name="open"),
    path("desk/people/<slug:key>/insert/", drafting.insert, name="insert"),
    path("desk/people/<slug:key>/presence/", drafting.presence, name="presence"),
    path("desk/messages/<int:pk>/undo/", drafting.take_back, name="take_back"),
    path("desk/answers/", drafting.ready, name="ready"),
    path("desk/answers/new/", drafting.ready_new, name="ready_new"),
    path("desk/answers/<int:pk>/", drafting.ready_edit, name="ready_edit"),
    path("desk/answers/<int:pk>/away/", drafting.ready_away, name="ready_away"),
    path("desk/messages/<int:pk>/again/", desk.send_again, name="send_again"),
    path("desk/cases/<int:number>/", desk.case, name="case"),
    path("desk/cases/<int:number>/move/", desk.move, name="move"),
    path("desk/cases/<int:number>/topic/", desk.topic, name="topic"),
    path("desk/cases/<int:number>/holder/", desk.case_holder, name="case_holder"),
    path("desk/calls/new/", office.call, name="call"),
    path("desk/merges/", office.merges, name="merges"),
    path("desk/merges/<int:pk>/decide/", office.decide, name="decide"),
    path("desk/merges/<int:pk>/undo/", office.undo, name="undo"),
    path("desk/channels/", office.channels, name="channels"),
    path("desk/channels/<int:pk>/switch/", office.switch, name="switch"),
    path("desk/channels/intake/<uuid:pk>/retry/", office.retry, name="retry"),
    path("desk/overview/", office.overview, name="overview"),
    path("desk/overview.csv", office.overview_csv, name="overview_csv"),
]
