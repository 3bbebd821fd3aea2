"""URLs of the staff's inbox, conversations, cases and manager's pages."""

from django.urls import path

from kesher.cases.desk import administration, conversations, management, reply_box, topics

app_name = "cases"
urlpatterns = [
    path("desk/", conversations.inbox, name="inbox"),
    path("desk/admin/", administration.administration, name="administration"),
    path("desk/waiting/", conversations.show_waiting_count, name="waiting"),
    path("desk/people/<slug:key>/", conversations.conversation, name="conversation"),
    path("desk/people/<slug:key>/send/", conversations.send, name="send"),
    path("desk/people/<slug:key>/holder/", conversations.change_holder, name="holder"),
    path("desk/people/<slug:key>/release/", conversations.release, name="release"),
    path("desk/people/<slug:key>/about/", conversations.edit_person, name="about"),
    path("desk/people/<slug:key>/block/", conversations.set_blocked, name="block"),
    path("desk/people/<slug:key>/open/", conversations.open_case, name="open"),
    path("desk/people/<slug:key>/insert/", reply_box.insert_response, name="insert"),
    path("desk/people/<slug:key>/suggestion/", reply_box.send_suggestion, name="suggestion"),
    path("desk/people/<slug:key>/draft/", reply_box.store_draft, name="draft"),
    path("desk/people/<slug:key>/presence/", reply_box.presence, name="presence"),
    path("desk/messages/<int:pk>/transcript/", reply_box.write_transcript, name="transcript"),
    path("desk/messages/<int:pk>/undo/", reply_box.take_back, name="take_back"),
    path("desk/answers/", reply_box.list_responses, name="ready"),
    path("desk/answers/new/", reply_box.add_response, name="ready_new"),
    path("desk/answers/<int:pk>/", reply_box.change_response, name="ready_edit"),
    path("desk/answers/<int:pk>/away/", reply_box.delete_response, name="ready_away"),
    path("desk/messages/<int:pk>/again/", reply_box.send_again, name="send_again"),
    path("desk/cases/<int:number>/", conversations.open_case_page, name="case"),
    path("desk/cases/<int:number>/move/", conversations.transition_case, name="move"),
    path("desk/cases/<int:number>/topic/", conversations.set_case_topic, name="topic"),
    path("desk/cases/<int:number>/holder/", conversations.change_case_holder, name="case_holder"),
    path("desk/topics/", topics.topics, name="topics"),
    path("desk/topics/new/", topics.add_topic, name="topic_new"),
    path("desk/topics/<slug:code>/", topics.change_topic, name="topic_edit"),
    path("desk/topics/sets/<slug:name>/", topics.starter_set, name="starter_set"),
    path("desk/topics/<slug:code>/remove/", topics.delete_topic, name="topic_remove"),
    path("desk/calls/new/", management.log_call_page, name="call"),
    path("desk/merges/", management.merges, name="merges"),
    path("desk/merges/<int:pk>/decide/", management.decide_merge, name="decide"),
    path("desk/merges/<int:pk>/undo/", management.undo_merge, name="undo"),
    path("desk/channels/", management.channels, name="channels"),
    path("desk/channels/<int:pk>/switch/", management.switch_account, name="switch"),
    path("desk/channels/intake/<uuid:pk>/retry/", management.retry_request, name="retry"),
    path("desk/channels/again/", management.read_again, name="read_again"),
    path("desk/overview/", management.overview, name="overview"),
    path("desk/overview.csv", management.overview_csv, name="overview_csv"),
]
