"""URLs of the public pages, staff pages and API of answers and checkers."""

from django.urls import path

from kesher.answers import api, desk, feedback_desk, topic_desk, views
from kesher.answers.checkers import api as checker_api
from kesher.answers.checkers import desk as checker_desk
from kesher.answers.checkers import views as checker_views

app_name = "answers"
urlpatterns = [
    path("answers/", views.answers, name="list"),
    path("answers/suggest/", views.suggest, name="suggest"),
    path("answers/sitemap.xml", views.sitemap, name="sitemap"),
    path("answers/topics/<slug:code>/", views.topic, name="topic"),
    path("checks/", checker_views.checks, name="checks"),
    path("checks/<slug:slug>/", checker_views.check, name="check"),
    path("answers/<slug:slug>/", views.answer, name="answer"),
    path("answers/<slug:slug>/useful/", views.useful, name="useful"),
    path("desk/knowledge/", desk.answers, name="desk"),
    path("desk/knowledge/new/", desk.new, name="desk_new"),
    path("desk/knowledge/topics/", topic_desk.topics, name="desk_topics"),
    path("desk/knowledge/facts/", desk.facts, name="desk_facts"),
    path("desk/knowledge/synonyms/", feedback_desk.synonyms, name="desk_synonyms"),
    path("desk/knowledge/misses/", feedback_desk.misses, name="desk_misses"),
    path("desk/knowledge/checks/", checker_desk.checks, name="desk_checks"),
    path("desk/knowledge/checks/new/", checker_desk.new, name="desk_check_new"),
    path("desk/knowledge/checks/<slug:slug>/", checker_desk.check, name="desk_check"),
    path("desk/knowledge/checks/<slug:slug>/move/", checker_desk.move, name="desk_check_move"),
    path("desk/knowledge/checks/<slug:slug>/arrange/", checker_desk.arrange, name="desk_check_arrange"),
    path("desk/knowledge/checks/<slug:slug>/preview/", checker_desk.preview, name="desk_check_preview"),
    path("desk/knowledge/checks/<slug:slug>/<slug:what>/<slug:at>/", checker_desk.part, name="desk_check_part"),
    path("desk/knowledge/<slug:slug>/", desk.answer, name="desk_answer"),
    path("desk/knowledge/<slug:slug>/move/", desk.move, name="desk_move"),
    path("desk/knowledge/<slug:slug>/waiting/", desk.waiting, name="desk_waiting"),
    path("desk/knowledge/<slug:slug>/restore/", desk.restore, name="desk_restore"),
    path("desk/knowledge/<slug:slug>/history/", desk.history, name="desk_history"),
    path("desk/knowledge/<slug:slug>/preview/", desk.preview, name="desk_preview"),
    path("api/v1/answers/", api.answers, name="api_answers"),
    path("api/v1/answers/<slug:slug>/", api.answer, name="api_answer"),
    path("api/v1/answers/<slug:slug>/useful/", api.useful, name="api_useful"),
    path("api/v1/checks/", checker_api.checks, name="api_checks"),
    path("api/v1/checks/<slug:slug>/", checker_api.check, name="api_check"),
]
