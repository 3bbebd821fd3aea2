"""Scenarios of the simulator, played with one click: what each demo person writes, line by line."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kesher.demo.people import Person

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A title and lines of (phone, text).

    "@photo" and "@place" press a button of the phone; "@code:email" is the code that arrived on that phone.
    """

    title: str
    icon: str
    lines: Lines

    @property
    def script(self) -> str:
        """Return the scenario's lines as JSON, which the page's script plays."""
        return json.dumps(self.lines, ensure_ascii=False)

    @property
    def phone(self) -> str:
        """Return the key of the phone that the scenario's first line is written on."""
        return self.lines[0][0]

    @property
    def first(self) -> str:
        """Return the text of the scenario's first line."""
        return self.lines[0][1]


# What each person writes, in their language.
WORDS: dict[str, dict[str, str]] = {
    "he": {
        "report": "לדווח על מפגע",
        "topic": "בור",
        "words": "בור עמוק ליד מעבר החציה, כמעט נפלתי עם העגלה",
        "sign": "לחתום 48213",
        "yes": "כן",
        "link": "לקשר",
        "agent": "נציג",
        "stop": "הסר",
        "question": "מתי אוספים גזם ברחוב הגפן?",
    },
    "ar": {
        "report": "الإبلاغ عن خلل",
        "topic": "حفرة",
        "words": "حفرة عميقة قرب ممر المشاة، خطر على الأطفال",
        "sign": "توقيع 48213",
        "yes": "نعم",
        "link": "ربط",
        "agent": "موظف",
        "stop": "إيقاف",
        "question": "متى تجمعون مخلفات الحدائق في شارعنا؟",
    },
    "ru": {
        "report": "сообщить о проблеме",
        "topic": "яма",
        "words": "Глубокая яма у пешеходного перехода",
        "sign": "подписать 48213",
        "yes": "да",
        "link": "связать",
        "agent": "оператор",
        "stop": "стоп",
        "question": "Когда вывозят садовый мусор на нашей улице?",
    },
    "en": {
        "report": "report a problem",
        "topic": "pothole",
        "words": "A deep pothole next to the crossing",
        "sign": "sign 48213",
        "yes": "yes",
        "link": "link",
        "agent": "agent",
        "stop": "stop",
        "question": "When is garden waste collected in our street?",
    },
}


def list_scenarios(person: Person) -> list[Scenario]:
    """Return the scenarios to play, in the person's language, with titles in the reader's."""
    say = WORDS[person.lang]
    report: Lines = (
        ("whatsapp", say["report"]),
        ("whatsapp", say["topic"]),
        ("whatsapp", "@place"),
        ("whatsapp", say["words"]),
        ("whatsapp", "@photo"),
    )
    sign: Lines = (("sms", say["sign"]), ("sms", say["yes"]), ("sms", person.name), ("sms", say["yes"]))
    link: Lines = (("telegram", say["link"]), ("telegram", person.mail), ("telegram", "@code:email"))
    return [
        Scenario(_("Report a pothole"), "map-pin", report),
        Scenario(_("Sign 48213 by SMS"), "pen", sign),
        Scenario(_("Link my e-mail"), "link", link),
        Scenario(_("Ask for a person"), "user", (("webchat", say["question"]), ("webchat", say["agent"]))),
        Scenario(_("Stop messages"), "ban", (("sms", say["stop"]),)),
    ]
