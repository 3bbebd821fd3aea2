"""The verbs of answers."""

from kesher.answers.services.answers import change_answer, create_answer, move_answer, restore
from kesher.answers.services.checkers import (
    change_checker,
    create_checker,
    drop_part,
    move_checker,
    restore_checker,
    set_part,
    shift_part,
)
from kesher.answers.services.facts import set_fact
from kesher.answers.services.feedback import (
    add_synonym,
    change_synonym,
    drop_synonym,
    handle_miss,
    note_miss,
    say_useful,
)
from kesher.answers.services.import_export import import_answers, import_facts, import_owners, import_topics
from kesher.answers.services.review import (
    drop_waiting,
    propose_change,
    publish_change,
    publish_waiting,
    with_waiting,
)
from kesher.answers.services.search_index import index_answers, rebuild
from kesher.answers.services.topics import Shelf, add_topic, change_topic, drop_topic, merge_topic

__all__ = [
    "Shelf",
    "add_synonym",
    "add_topic",
    "change_answer",
    "change_checker",
    "change_synonym",
    "change_topic",
    "create_answer",
    "create_checker",
    "drop_part",
    "drop_synonym",
    "drop_topic",
    "drop_waiting",
    "handle_miss",
    "import_answers",
    "import_facts",
    "import_owners",
    "import_topics",
    "index_answers",
    "merge_topic",
    "move_answer",
    "move_checker",
    "note_miss",
    "propose_change",
    "publish_change",
    "publish_waiting",
    "rebuild",
    "restore",
    "restore_checker",
    "say_useful",
    "set_fact",
    "set_part",
    "shift_part",
    "with_waiting",
]
