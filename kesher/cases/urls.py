"""The URLs of the desk."""

from django.urls import path

from kesher.cases import composer_views, desk, desk_pages, topic_views

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
    path("desk/people/<slug:key>/insert/", composer_views.insert, name="insert"),
    path("desk/people/<slug:key>/draft/", composer_views.draft, name="draft"),
    path("desk/people/<slug:key>/presence/", composer_views.presence, name="presence"),
    path("desk/messages/<int:pk>/undo/", composer_views.take_back, name="take_back"),
    path("desk/answers/", composer_views.ready, name="ready"),
    path("desk/answers/new/", composer_views.ready_new, name="ready_new"),
    path("desk/answers/<int:pk>/", composer_views.ready_edit, name="ready_edit"),
    path("desk/answers/<int:pk>/away/", composer_views.ready_away, name="ready_away"),
    path("desk/messages/<int:pk>/again/", desk.send_again, name="send_again"),
    path("desk/cases/<int:number>/", desk.case, name="case"),
    path("desk/cases/<int:number>/move/", desk.move, name="move"),
    path("desk/cases/<int:number>/topic/", desk.topic, name="topic"),
    path("desk/cases/<int:number>/holder/", desk.case_holder, name="case_holder"),
    path("desk/topics/", topic_views.topics, name="topics"),
    path("desk/topics/new/", topic_views.topic_new, name="topic_new"),
    path("desk/topics/<slug:code>/", topic_views.topic_edit, name="topic_edit"),
    path("desk/topics/<slug:code>/remove/", topic_views.topic_remove, name="topic_remove"),
    path("desk/calls/new/", desk_pages.call, name="call"),
    path("desk/merges/", desk_pages.merges, name="merges"),
    path("desk/merges/<int:pk>/decide/", desk_pages.decide, name="decide"),
    path("desk/merges/<int:pk>/undo/", desk_pages.undo, name="undo"),
    path("desk/channels/", desk_pages.channels, name="channels"),
    path("desk/channels/<int:pk>/switch/", desk_pages.switch, name="switch"),
    path("desk/channels/intake/<uuid:pk>/retry/", desk_pages.retry, name="retry"),
    path("desk/channels/again/", desk_pages.read_again, name="read_again"),
    path("desk/overview/", desk_pages.overview, name="overview"),
    path("desk/overview.csv", desk_pages.overview_csv, name="overview_csv"),
]
