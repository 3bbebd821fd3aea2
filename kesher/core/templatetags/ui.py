"""Template tags and filters of all pages: icons, avatars, times, numbers, links, form controls."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from django import template
from django.forms import BoundField
from django.forms import widgets as w
from django.forms.boundfield import BoundWidget
from django.template.base import Parser, Token
from django.template.library import parse_bits
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from kesher.core.i18n.text_truncation import truncate_text
from kesher.core.templatetags.components import ComponentNode, compile_translation, compile_url
from kesher.language import detect

register = template.Library()
# The components as tags: {% button text=_("Sign") icon="pen" %}. The first line of each file says what it takes.
COMPONENTS = (
    *("avatar", "badge", "button", "card", "chart", "chip", "dialog", "facts", "field", "figure", "item", "keypad"),
    *("menu", "message", "meter", "note", "pager", "person", "phone", "qr", "scene", "search", "skeleton", "stepper"),
    *("table", "tabs", "tile", "timeline", "toast"),
)
TAGS = {**{name: name for name in COMPONENTS}, "empty_state": "empty", "form_errors": "errors"}
DAYS = {"": "DATE_FORMAT", "short": "SHORT_DATE_FORMAT", "brief": "j.n"}

# Icons that point along the line of text: a right-to-left page shows them mirrored.
MIRRORED = frozenset(
    [
        "arrow-start",
        "arrow-end",
        "chevron-start",
        "chevron-end",
        "send",
        "undo",
        "log-in",
        "log-out",
        "external",
        "list",
        "chat",
    ]
)
SHORT_NAMES = {"he": "עב", "ar": "عر", "ru": "Ру", "en": "En"}
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]״׳]")
# A phone number with separators: 03-555-0120, +972-50-555-0142, 1-800-555-010, *6050.
PHONE = re.compile(r"(?<![\w-])(?:\+?\d{1,4}-\d{1,4}-(?:\d{2,4}-)?\d{2,7}|0\d{1,2}-\d{7}|\*\d{3,5})(?![\w-])")
GROUP_SPACE = "\N{NO-BREAK SPACE}"
TONES = 6

# The first match is used, so a subclass comes before its parent.
KINDS: tuple[tuple[type[w.Widget], str], ...] = (
    (w.HiddenInput, "hidden"),
    (w.Textarea, "textarea"),
    (w.CheckboxSelectMultiple, "choices"),
    (w.RadioSelect, "choices"),
    (w.Select, "select"),
    (w.CheckboxInput, "checkbox"),
    (w.FileInput, "file"),
)
# Input types that are left to right in every language.
LEFT_TO_RIGHT = frozenset(["email", "url", "tel", "number", "date", "time", "datetime-local"])


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Return an icon from the SVG sprite as HTML, with `label` for screen readers, such as `{% icon "bell" %}`.

    With a label it is read aloud; without one it is decoration.
    """
    flip, address = " flip" if name in MIRRORED else "", f"{static('core/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon{}" role="img" aria-label="{}"><use href="{}"></use></svg>', flip, label, address
        )
    return decoration(flip, address)


@lru_cache(maxsize=1000)
def decoration(flip: str, address: str) -> SafeString:
    """Return an icon as HTML that screen readers skip; `address` is its URL in the sprite."""
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="{}"></use></svg>', flip, address)


@register.filter
def initials(name: object) -> str:
    """Return one or two letters for an avatar: "דנה לוי" gives "דל". A bare number gives ""."""
    words = [word for word in re.split(r"[\s\-־]+", str(name or "")) if word[:1].isalpha()]
    return "".join(word[0] for word in [words[0], *words[1:][-1:]]).upper() if words else ""


@register.filter
def tone(name: object) -> int:
    """Return the colour number, 1 to 6, of a name's avatar; the same name always has the same."""
    return zlib.crc32(str(name or "").encode()) % TONES + 1


@register.filter
def since(moment: object, now: datetime | None = None) -> str:
    """Return in short how long ago a moment was: "now", "12 min", "3 h", "2 days", then the date.

    Return "" for anything but a datetime.
    """
    if not isinstance(moment, datetime):
        return ""
    unit, count = elapsed(moment, now)
    if unit == "minutes":
        return ngettext("%(count)d min", "%(count)d min", count) % {"count": count}
    if unit == "hours":
        return ngettext("%(count)d h", "%(count)d h", count) % {"count": count}
    if unit == "days":
        return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    return gettext("now") if unit == "now" else short_date(moment)


@register.filter
def ago(moment: object, now: datetime | None = None) -> str:
    """Return in words how long ago a moment was: "12 min ago", "2 days ago", then the date."""
    if not isinstance(moment, datetime):
        return ""
    unit, count = elapsed(moment, now)
    if unit == "minutes":
        return ngettext("%(count)d min ago", "%(count)d min ago", count) % {"count": count}
    if unit == "hours":
        return ngettext("%(count)d h ago", "%(count)d h ago", count) % {"count": count}
    if unit == "days":
        return ngettext("%(count)d day ago", "%(count)d days ago", count) % {"count": count}
    return gettext("now") if unit == "now" else short_date(moment)


def elapsed(moment: datetime, now: datetime | None) -> tuple[str, int]:
    """Return (unit, count) of the largest whole unit of time since a moment; a week and more is "long"."""
    seconds = int(((now or timezone.now()) - moment).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 1:
        return "now", 0
    if hours < 1:
        return "minutes", minutes
    if days < 1:
        return "hours", hours
    return ("days", days) if days < 7 else ("long", days)


def short_date(moment: datetime) -> str:
    """Return a moment's local date in the short format of the reader's language."""
    return date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, "SHORT_DATE_FORMAT")


@register.filter
def deadline(moment: object, form: str = "") -> str:
    """Return a deadline in words: the day, with the hour unless it is the end of that day.

    `form` is "" for the day in words, "short" for figures, "brief" for no year (where each letter costs). Return "" if
    there is none.
    """
    if not isinstance(moment, date):
        return ""
    end = timezone.localtime(moment) if isinstance(moment, datetime) and timezone.is_aware(moment) else moment
    if isinstance(end, datetime) and (end.hour, end.minute, end.second) == (0, 0, 0):
        end -= timedelta(seconds=1)  # midnight is the end of the day before
    day = date_format(end, DAYS[form])
    if not isinstance(end, datetime) or (end.hour, end.minute) == (23, 59):
        return day
    known = {"day": day, "hour": f"{end:%H:%M}"}
    return "{day} {hour}".format(**known) if form == "brief" else pgettext("deadline", "%(day)s, %(hour)s") % known


@register.simple_tag
def when(moment: object, *, short: bool = False) -> SafeString:
    """Return a `<time>` element that shows how long ago a moment was, with the full date as its title.

    Use `short=True` in a list of waiting times, where "ago" would repeat in every row.
    """
    if not isinstance(moment, datetime):
        return SafeString("")
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    full = date_format(local, "DATETIME_FORMAT")
    words = since(moment) if short else ago(moment)
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, words)


@register.filter
def number(value: object) -> str:
    """Return a number as text with its thousands separated.

    Arabic as written in Israel takes a comma. Django's Arabic format has a point, which would be read as a decimal.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value if value is not None else "")
    text = f"{value:,.1f}" if value != int(value) else f"{int(value):,}"
    return text.replace(",", GROUP_SPACE).replace(".", ",") if (get_language() or "").startswith("ru") else text


@register.filter
def shorten(text: object, most: int) -> str:
    """Return a text of at most `most` characters, cut after a whole word.

    Not Django's `truncatechars`: it cuts within words, and its Hebrew dots reverse the direction of what follows.
    """
    return truncate_text(str(text if text is not None else ""), most)


@register.filter
def language_of(text: object) -> str:
    """Return the code of the language that a text is written in, by its letters, for `lang`; else the page's.

    Names, reasons and descriptions of pictures are read aloud by it.
    """
    page = (get_language() or "he")[:2]
    words = strip_tags(text) if isinstance(text, SafeString) else str(text or "")
    return detect(words, page) or page


@register.filter
def in_own_language(text: object) -> SafeString:
    """Return a name as HTML for use within a sentence: isolated, and with the language of its letters."""
    return format_html('<bdi lang="{}">{}</bdi>', language_of(text), text)


@register.filter
def short_language(code: str) -> str:
    """Return a two-letter label for a language: the beginning of its own name."""
    return SHORT_NAMES.get(code[:2], code[:2].upper())


@register.filter
def linked(text: object) -> SafeString:
    """Return a user's text as escaped HTML with full web addresses as links.

    A bare domain does not become a link: it may be a mistake or a trap.
    """
    words, parts, end = str(text or ""), [], 0
    for match in ADDRESS.finditer(words):
        parts.append(phones(words[end : match.start()]))
        link = '<a href="{0}" rel="noopener noreferrer nofollow ugc" dir="ltr">{0}</a>'
        parts.append(format_html(link, match[0]))
        end = match.end()
    # Safe: every part comes from phones() or format_html().
    return mark_safe("".join([*parts, phones(words[end:])]))  # noqa: S308


@register.filter
def phones(text: object) -> SafeString:
    """Return a text as HTML with its phone numbers isolated, so that they read from left to right.

    After an Arabic letter a browser would otherwise reorder the parts of a number.
    """
    # Safe: conditional_escape() escaped the text, and a number needs no escaping.
    words = conditional_escape(text if isinstance(text, str) else str(text or ""))
    return mark_safe(PHONE.sub(r'<bdi class="whole" dir="ltr">\g<0></bdi>', words))  # noqa: S308


@register.filter
def undo_url(tags: object) -> str:
    """Return the path of the undo form in a Django message's `extra_tags="undo:/path/"`, or ""."""
    return next((tag[5:] for tag in str(tags or "").split() if re.match(r"undo:/[^/\\]", tag)), "")


@register.filter
def kind(field: BoundField) -> str:
    """Return how a form field is drawn: hidden, textarea, choices, select, checkbox, file or input."""
    return next((name for widget, name in KINDS if isinstance(field.field.widget, widget)), "input")


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Return a form field's widget as HTML, with our CSS class and the text direction that its content needs."""
    widget: Any = field.field.widget
    shape = kind(field)
    attrs: dict[str, Any] = {"class": " ".join(filter(None, [shape, widget.attrs.get("class")]))}
    input_type = getattr(widget, "input_type", "")
    if "dir" not in widget.attrs and shape in {"input", "textarea"}:
        attrs["dir"] = "ltr" if input_type in LEFT_TO_RIGHT else "auto"
        # An empty field has the page's direction; `:placeholder-shown` tells the style sheet that it is empty.
        attrs["placeholder"] = widget.attrs.get("placeholder") or " "
    if shape == "textarea":
        attrs["data-grow"] = ""
        attrs.setdefault("rows", widget.attrs.get("rows") if widget.attrs.get("rows") != "10" else "3")
    return field.as_widget(attrs=attrs)


def choice_groups(field: BoundField) -> list[dict[str, Any]]:
    """Return a field's options by group, each with its name ("" outside of groups) and whether one is chosen."""
    widget: Any = field.field.widget
    attrs = field.build_widget_attrs({"id": field.auto_id} if field.auto_id else {})
    found: dict[str, dict[str, Any]] = {}
    for name, options, _index in widget.optgroups(field.html_name, widget.format_value(field.value()), attrs):
        group = found.setdefault(str(name or ""), {"name": name or "", "options": [], "chosen": False})
        for one in (BoundWidget(widget, option, field.form.renderer) for option in options):
            group["options"].append((one.id_for_label, one.tag(), one.choice_label))
            group["chosen"] |= one.data["selected"]
    return list(found.values())


def inputs(several: Mapping[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """Return the inputs of a component as its whole template context, so that nothing else leaks in.

    `several` are given as one value, such as `{% card petition_card level=2 %}`.
    """
    return {**(several or {}), **given}


def field_inputs(field: BoundField, hint: str = "", label: str = "", **more: Any) -> dict[str, Any]:
    """Return a form field as components/field.html shows it, as plain values; private if it has been filled in."""
    shape = kind(field)
    groups = choice_groups(field) if shape == "choices" else []
    return {
        "shape": shape,
        "name": label or field.label,
        "help": hint or field.help_text,
        "id": field.auto_id,
        "for": field.id_for_label,
        "required": field.field.required,
        "errors": list(field.errors),
        "groups": groups,
        "control": "" if groups else str(field) if shape == "hidden" else control(field),
        "private": bool(field.value()),
        **more,
    }


def compile_component(filename: str, read: Any, parser: Parser, token: Token) -> ComponentNode:
    """Return the node of a component's tag, or of `{% part "app/_file.html" name=value %}`, which names its file."""
    name, *bits = token.split_contents()
    filename = filename or bits.pop(0).strip("\"'")
    args, kwargs = parse_bits(parser, bits, ["several"], None, "given", (None,), [], {}, name)
    return ComponentNode(read, False, args, kwargs, filename)


register.tag("translate", compile_translation)
register.tag("url", compile_url)
register.tag("part", partial(compile_component, "", inputs))
for tag, component in TAGS.items():
    read = field_inputs if component == "field" else inputs
    register.tag(tag, partial(compile_component, f"components/{component}.html", read))
