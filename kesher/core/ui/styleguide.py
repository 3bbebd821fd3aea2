"""Sample data for the style guide page: each template component in its states."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.utils import timezone

from kesher.core.ui import charts

SPRITE = Path(__file__).parents[1] / "static" / "core" / "icons.svg"
COLOURS = (
    ("paper", "card", "sand", "accent-soft"),
    ("ink", "ink-2", "edge", "line"),
    ("accent", "accent-strong", "deep", "warm"),
    ("good", "wait", "bad", "info"),
)
TOPICS = (("light", "Street light"), ("road", "Road or pavement"), ("clean", "Cleaning"), ("other", "Something else"))
WEEK = (("Sun", 41), ("Mon", 52), ("Tue", 38), ("Wed", 64), ("Thu", 47), ("Fri", 12), ("Sat", 5))
CHANNELS = (("WhatsApp", 1482), ("SMS", 611), ("Web", 540), ("E-mail", 208), ("Telegram", 96))

CARDS = (
    {
        "title": "הצללה בגני השעשועים לפני הקיץ",
        "url": "#card",
        "tag": "עצומה · קוד 48213",
        "big": 3412,
        "big_note": "חתימות מתוך 5,000",
        "value": 3412,
        "max": 5000,
        "meter_label": "חתימות",
        "foot": "חתמו גם בסמס: ״לחתום 48213״",
        "lang": "he",
    },
    {
        "title": "A card whose title is long enough to need a second line, and then some more",
        "text": "Words about it.",
        "tag": "Closing soon",
        "tag_kind": "wait",
    },
)
DIALOG = {
    "id": "sample",
    "title": "Close case 20377?",
    "text": "The citizen is told that it is solved.",
    "action": "#tabs",
    "confirm": "Close it",
    "note_label": "What was done?",
}
WHATSAPP = {"channel": "WhatsApp", "channel_icon": "chat"}
SMS = {"channel": "SMS", "channel_icon": "message"}
TELEGRAM = {"channel": "Telegram", "channel_icon": "send"}
ITEMS = (
    {
        **WHATSAPP,
        "name": "דנה לוי",
        "text": "הפנס שוב כבוי, מצרפת תמונה",
        "wait_kind": "wait",
        "unread": 2,
        "current": True,
    },
    {
        **SMS,
        "name": "Света Крылова-Константинопольская",
        "text": "Как получить скидку на арнону?",
        "lang": "ru",
        "wait_kind": "bad",
    },
    {**TELEGRAM, "name": "عمر حداد", "text": "متى تُفرَّغ الحاوية؟", "lang": "ar", "tag": "20391"},
)


class SampleForm(forms.Form):
    """A form with one field of each kind."""

    name = forms.CharField(label="Full name", help_text="As on your identity card")
    phone = forms.CharField(label="Phone", widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
    topic = forms.ChoiceField(label="What is it about?", choices=TOPICS, widget=forms.RadioSelect)
    days = forms.MultipleChoiceField(
        label="When may we call?",
        choices=(("am", "Morning"), ("pm", "Afternoon")),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    area = forms.ChoiceField(label="Neighbourhood", choices=(("a", "The Vine"), ("b", "Old Port"), ("c", "Dunes")))
    words = forms.CharField(label="What happened?", widget=forms.Textarea, required=False)
    photo = forms.FileField(
        label="Photo",
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        required=False,
        help_text="Up to 15 MB",
    )
    closed = forms.CharField(label="Case number", initial="20377", disabled=True, required=False)
    news = forms.BooleanField(label="Tell me when something changes", required=False)


def context() -> dict[str, Any]:
    """Return the template context of the style guide: sample data for each component."""
    now = timezone.now()
    return {
        "now": now,
        "form": SampleForm(initial={"topic": "road"}),
        "bad_form": SampleForm({"name": "", "phone": "050", "topic": "light", "area": "a"}, auto_id="bad_%s"),
        "colours": COLOURS,
        "icons": icon_names(),
        "people": ("דנה לוי", "عمر حداد", "Света Крылова", "Ruth Cohen", "יוסי אברהם", "+972505550142"),
        "steps": ("Topic", "Place", "Words", "Photo"),
        "story": (
            {
                "title": "In hand",
                "at": now - timedelta(minutes=12),
                "icon": "activity",
                "kind": "wait",
                "text": "Team: lighting",
            },
            {"title": "Received", "at": now - timedelta(hours=5), "icon": "inbox", "text": "WhatsApp"},
        ),
        "facts": (("Proof", "Code to the phone"), ("Language", "עברית"), ("Neighbourhood", "הגפן")),
        "tabs": (
            {"title": "Open", "url": "#tabs", "current": True, "count": 14},
            {"title": "Mine", "url": "#tabs", "count": 3},
            {"title": "Closed", "url": "#tabs"},
        ),
        "menu": (
            {"title": "Hand over", "url": "#menu", "icon": "users"},
            {"title": "Print", "url": "#menu", "icon": "printer"},
            {"title": "Block", "url": "#menu", "icon": "ban", "bad": True},
        ),
        "table_head": ("Channel", {"text": "Messages", "number": True}, "State"),
        "table_rows": (
            ("WhatsApp", {"text": "1,482", "number": True}, {"text": "Well", "badge": "good"}),
            ("SMS", {"text": "611", "number": True}, {"text": "Slow", "badge": "wait"}),
            ("E-mail", {"text": "208", "number": True}, {"text": "Down", "badge": "bad"}),
        ),
        "spark": charts.sparkline([value for _day, value in WEEK], "Messages a day, this week"),
        "columns": charts.columns(WEEK, "Messages a day", note="Wednesday was the busiest"),
        "bars": charts.bars(CHANNELS, "Messages by channel"),
        "qr": charts.qr_svg("https://example.org/s/48213", "Code to sign petition 48213"),
        "cards": CARDS,
        "dialog": DIALOG,
        "message_samples": sample_messages(now),
        "item_samples": tuple({**item, "url": "#message", "at": now - timedelta(hours=3)} for item in ITEMS),
        "phones": sample_phones(),
    }


def sample_messages(now: datetime) -> tuple[dict[str, Any], ...]:
    """Return messages in each direction and state, as components/message.html takes them."""
    incoming, outgoing = {"direction": "in", "at": now}, {"direction": "out", "at": now}
    return (
        {
            **incoming,
            **WHATSAPP,
            "text": "הפנס מול הבית שוב כבוי, כבר שבוע https://example.org/lamp",
            "files": ({"url": "#message", "name": "lamp-report.pdf", "size": 184_000},),
            "place": {"url": "#message", "address": "הגפן 12"},
        },
        {
            **outgoing,
            **WHATSAPP,
            "text": "זה הפנס שדווח בפנייה 20377?",
            "author": "Kesher",
            "state": "read",
            "state_title": "Read",
            "options": ("כן", "לא, אחר", "לדבר עם נציג"),
            "chosen": "כן",
        },
        {"direction": "event", "text": "Ruth Cohen took case 20377", "at": now, "icon": "user"},
        {
            **incoming,
            **SMS,
            "text": "متى تُفرَّغ الحاوية؟",
            "lang": "ar",
            "at": now - timedelta(hours=3),
            "late": True,
            "reach": "public",
            "quote": "Earlier words",
        },
        {"direction": "note", "text": "דיברתי עם הקבלן, חוזר מחר ב־8", "author": "רותי", "at": now},
        {
            **outgoing,
            **SMS,
            "text": "Привет! Подрядчик будет завтра.",
            "lang": "ru",
            "state": "failed",
            "error": "No route",
            "retry": "#message",
        },
    )


def sample_phones() -> tuple[dict[str, Any], ...]:
    """Return what a phone shows for the same question on four kinds of channel."""
    mine = {"mine": True, "text": "לדווח"}
    ask = "על מה תרצו לדווח?"
    keys = [{"title": title, "value": title} for title in ("תאורה", "מפגע במדרכה", "ניקיון", "עוד…")]
    numbered = f"{ask} ענו במספר:\n1 תאורה\n2 מפגע במדרכה\n3 ניקיון\n4 רעש\n9 עוד\n0 נציג"
    spoken = "״על מה תרצו לדווח? לתאורה הקישו 1. למפגע במדרכה, 2. לניקיון, 3. לנציג, 0.״"
    return (
        {
            "title": "WhatsApp",
            "icon": "chat",
            "look": "chat",
            "messages": [mine, {"text": ask, "choices": keys}],
            "facts": ["6"],
        },
        {"title": "SMS", "icon": "message", "look": "text", "messages": [mine, {"text": numbered}], "facts": ["70"]},
        {
            "title": "E-mail",
            "icon": "mail",
            "look": "mail",
            "messages": [{"title": "Re: 20377", "text": ask, "choices": keys, "pairs": True}],
            "facts": [],
        },
        {
            "title": "106",
            "icon": "phone",
            "look": "voice",
            "messages": [{"text": spoken}],
            "keypad": True,
            "facts": ["12 s"],
        },
    )


def icon_names() -> tuple[str, ...]:
    """Return the names of the icons in the SVG sprite, in order."""
    return tuple(re.findall(r'symbol id="([a-z-]+)"', SPRITE.read_text()))
