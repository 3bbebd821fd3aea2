"""Detect from a person's own messages which language they use with us, and when it changes."""

from __future__ import annotations

from typing import Final

from kesher.channels.base import Kind
from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.dialogues.answer_matching import find_global_word, find_pickup_code
from kesher.dialogues.registry import REGISTRY
from kesher.language import detect, normalise, words

EARLIER: Final = 5  # messages before one that changes the language
SENTENCE: Final = 3  # words that show a language; fewer may be a name or an address
YES_AND_NO: Final = frozenset(map(normalise, ("כן", "לא", "نعم", "لا", "да", "нет")))
EVERYBODYS: Final = frozenset({"stop", "stop_all", "start"})  # in Latin letters they show no language
_ENGLISH = """
the is are was were a an in on at of to for from and or but my your our i we you it he she they not no please how what
where when who why this that there has have had do does did can could will would want need with about
"""
_OTHERS = """
der die das den dem und ist sind nicht ich sie wir ein eine einen mit für fur auf im zu von wie wo wann bitte haben kein
el la los las un una que de en por para con es mi su hay está esta quiero como cómo dónde donde cuando no muy pero
le les des du et est je vous nous pas une dans pour avec sur il où quand comment mon ma se si ce cette
lo gli di che non per sono come dove quando mio della del um uma não com os as na em ani lo ze shel al im et ma
ana bdi bedi fi w ya mesh mish shu la ya ne na v s kak gde
"""
ENGLISH, OTHERS = frozenset(_ENGLISH.split()), frozenset(_OTHERS.split())


def detect_message_language(message: Message) -> str | None:
    """Return the language of a message's text; None if it shows none: a name, a number, a link."""
    opened = message.content.get("kind") == Kind.STARTED
    text = "" if message.is_for_person or opened or message.content.get("choice") else message.text.strip()
    return detect(text) if is_command(text) else sentence_language(text)


def sentence_language(text: str) -> str | None:
    """Return the language of a sentence that surely is in one of ours, None for any other text."""
    found = detect(text) if len(text.split()) >= SENTENCE else None
    return None if found == "en" and not is_english(text) else found


def is_english(text: str) -> bool:
    """Return whether a text in Latin letters is English: not German, Spanish or Arabic in Latin letters."""
    said = words(text)
    ours, others = (sum(word in known for word in said) for known in (ENGLISH, OTHERS))
    return ours > others


def choose_language(message: Message, contact: Contact) -> str:
    """Return the language in which to answer a message: the one that the person uses with us, or changes to."""
    heard = detect_message_language(message)
    if not contact.language:
        return heard or message.lang or "he"
    changes = heard is not None and heard != contact.language and is_language_change(message, heard)
    return heard if heard is not None and changes else contact.language


def is_language_change(message: Message, heard: str) -> bool:
    """Return whether a message in the language ``heard``, which is another than the person's, changes it.

    A command word of ours changes it at once, a sentence if the one before it was in the same language, too.
    """
    if is_command(message.text.strip()):
        return True
    rows = Message.objects.filter(conversation=message.conversation, direction="in", seq__lt=message.seq)
    earlier = rows.order_by("-seq").values_list("text", flat=True)[:EARLIER]
    return next((lang for text in earlier if (lang := sentence_language(text))), None) == heard


def is_command(text: str) -> bool:
    """Return whether a text is one of the bot's command words in any language, however short."""
    word = find_global_word(text)
    if word is not None:
        return not (word in EVERYBODYS and text.isascii())
    return (
        normalise(text) in YES_AND_NO or find_pickup_code(text) is not None or REGISTRY.find_by_word(text) is not None
    )
