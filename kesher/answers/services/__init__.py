"""Services that write answers, checkers, topics, facts and the search index."""

from kesher.answers.services.answers import change_answer, change_answer_state, create_answer, restore_answer
from kesher.answers.services.checkers import (
    change_checker,
    change_checker_state,
    create_checker,
    drop_part,
    move_part,
    restore_checker,
    set_part,
)
from kesher.answers.services.feedback import (
    add_synonym,
    change_synonym,
    drop_synonym,
    handle_miss,
    record_feedback,
    record_miss,
)
from kesher.answers.services.import_export import import_answers, import_facts, import_owners, import_topics
from kesher.answers.services.review import (
    drop_waiting_change,
    preview_waiting_change,
    propose_change,
    publish_change_at_once,
    publish_waiting_change,
)
from kesher.answers.services.search_index import index_answers, rebuild_index
from kesher.answers.services.shared_facts import set_fact
from kesher.answers.services.topics import TopicData, add_topic, change_topic, drop_topic, merge_topic

__all__ = [
    "TopicData",
    "add_synonym",
    "add_topic",
    "change_answer",
    "change_answer_state",
    "change_checker",
    "change_checker_state",
    "change_synonym",
    "change_topic",
    "create_answer",
    "create_checker",
    "drop_part",
    "drop_synonym",
    "drop_topic",
    "drop_waiting_change",
    "handle_miss",
    "import_answers",
    "import_facts",
    "import_owners",
    "import_topics",
    "index_answers",
    "merge_topic",
    "move_part",
    "preview_waiting_change",
    "propose_change",
    "publish_change_at_once",
    "publish_waiting_change",
    "rebuild_index",
    "record_feedback",
    "record_miss",
    "restore_answer",
    "restore_checker",
    "set_fact",
    "set_part",
]
