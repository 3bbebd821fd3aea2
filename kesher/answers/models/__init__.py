"""Models of answers (FAQ), eligibility checkers, feedback and the search index."""

from kesher.answers.models.checkers import Checker, CheckerRevision
from kesher.answers.models.content import WAITING, Answer, AnswerTopic, Fact, Revision, State
from kesher.answers.models.feedback import Feedback, Miss, Synonym
from kesher.answers.models.search import BLOCK, Posting, SearchIndex, SearchText, Word, WordKey

__all__ = [
    "BLOCK",
    "WAITING",
    "Answer",
    "AnswerTopic",
    "Checker",
    "CheckerRevision",
    "Fact",
    "Feedback",
    "Miss",
    "Posting",
    "Revision",
    "SearchIndex",
    "SearchText",
    "State",
    "Synonym",
    "Word",
    "WordKey",
]
