"""URLs of the staff's inbox, conversations, cases and manager's pages."""

from django.urls import path

from kesher.cases import desk, desk_management_views, reply_box_views, topic_views

app_name = "cases"
urlpatterns = [
    path("desk/", desk.inbox, name="inbox"),
    path("desk/waiting/", desk.show_waiting_count, name="waiting"),
    path("desk/people/<slug:key>/", desk.conversation, name="conversation"),
    path("desk/people/<slug:key>/send/", desk.send, name="send"),
    path("desk/people/<slug:key>/holder/", desk.change_holder, name="holder"),
    path("desk/people/<slug:key>/release/", desk.release, name="release"),
    path("desk/people/<slug:key>/about/", desk.edit_person, name="about"),
    path("desk/people/<slug:key>/block/", desk.set_blocked, name="block"),
    path("desk/people/<slug:key>/open/", desk.open_case, name="open"),
    path("desk/people/<slug:key>/insert/", reply_box_views.insert_response, name="insert"),
    path("desk/people/<slug:key>/draft/", reply_box_views.store_draft, name="draft"),
    path("desk/people/<slug:key>/presence/", reply_box_views.presence, name="presence"),
    path("desk/messages/<int:pk>/undo/", reply_box_views.take_back, name="take_back"),
    path("desk/answers/", reply_box_views.list_responses, name="ready"),
    path("desk/answers/new/", reply_box_views.add_response, name="ready_new"),
    path("desk/answers/<int:pk>/", reply_box_views.change_response, name="ready_edit"),
    path("desk/answers/<int:pk>/away/", reply_box_views.delete_response, name="ready_away"),
    path("desk/messages/<int:pk>/again/", desk.send_again, name="send_again"),
    path("desk/cases/<int:number>/", desk.open_case_page, name="case"),
    path("desk/cases/<int:number>/move/", desk.transition_case, name="move"),
    path("desk/cases/<int:number>/topic/", desk.set_case_topic, name="topic"),
    path("desk/cases/<int:number>/holder/", desk.change_case_holder, name="case_holder"),
    path("desk/topics/", topic_views.topics, name="topics"),
    path("desk/topics/new/", topic_views.add_topic, name="topic_new"),
    path("desk/topics/<slug:code>/", topic_views.change_topic, name="topic_edit"),
    path("desk/topics/<slug:code>/remove/", topic_views.delete_topic, name="topic_remove"),
    path("desk/calls/new/", desk_management_views.log_call_page, name="call"),
    path("desk/merges/", desk_management_views.merges, name="merges"),
    path("desk/merges/<int:pk>/decide/", desk_management_views.decide_merge, name="decide"),
    path("desk/merges/<int:pk>/undo/", desk_management_views.undo_merge, name="undo"),
    path("desk/channels/", desk_management_views.channels, name="channels"),
    path("desk/channels/<int:pk>/switch/", desk_management_views.switch_account, name="switch"),
    path("desk/channels/intake/<uuid:pk>/retry/", desk_management_views.retry_request, name="retry"),
    path("desk/channels/again/", desk_management_views.read_again, name="read_again"),
    path("desk/overview/", desk_management_views.overview, name="overview"),
    path("desk/overview.csv", desk_management_views.overview_csv, name="overview_csv"),
]
