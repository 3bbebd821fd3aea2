"""Forms for reporting a problem (topic, place, photo), on a page and question by question in chats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.cases.models import Case, Topic
from kesher.cases.services import find_case_by_number
from kesher.conversations.contact_address_fields import honeypot, parse_citizen_address
from kesher.core.contact_address import Address
from kesher.core.i18n.text_variants import choose_wording, choose_wording_lazy
from kesher.core.ui.form_fields import AttachmentField, PlaceField
from kesher.dialogues.forms import WHOLE, StepForm
from kesher.dialogues.models import HINT
from kesher.language import digits
from kesher.reports.geo import PlaceInput


class TopicField(forms.ChoiceField):
    """A choice among the agency's topics: the raw answer is a code, the clean one a Topic (see `offer`)."""

    widget = forms.RadioSelect
    default_error_messages = {"invalid_choice": _("Please choose one of the topics.")}
    topics: Mapping[str, Topic] = {}
    synonyms: Mapping[str, tuple[str, ...]] = {}

    def offer(self, topics: Mapping[str, Topic]) -> None:
        """Set the topics to choose from; an answer may be any name or synonym of one, in any language."""
        self.topics = topics
        self.choices = [(code, topic.name) for code, topic in topics.items()]
        self.synonyms = {code: synonyms_of(topic) for code, topic in topics.items()}

    def clean(self, value: Any) -> Any:
        """Return the topic whose code was chosen; another choice, where one is offered beside them, as it is.

        Raise ValidationError for an unknown code.
        """
        chosen = super().clean(value)
        return self.topics.get(chosen, chosen)


def synonyms_of(topic: Topic) -> tuple[str, ...]:
    """Return every name and synonym of a topic in all languages, because people mix languages."""
    words = [word for several in topic.synonyms.values() for word in several]
    return (*words, *topic.names.values())


def reportable_topics() -> dict[str, Topic]:
    """Return {code: topic} for the agency's active topics that can be reported, in its order (one query)."""
    rows = Topic.objects.filter(reportable=True, is_active=True).select_related("team", "agency")
    return {topic.code: topic for topic in rows.order_by("order", "id")}


class ReportForm(StepForm):
    """Topic, place (where the topic has one), description and photo."""

    topic = TopicField(label=_("What is it about?"))
    place = PlaceField(
        label=_("Where is it?"),
        help_text=choose_wording_lazy(
            _("A street and a house number, or send your location."), _("Say a street and a house number.")
        ),
        max_length=300,
        widget=PlaceInput(attrs={"autocomplete": "street-address"}),
    )
    words = forms.CharField(
        label=_("What happened?"),
        help_text=_("In your own words, in any language."),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"min_length": _("Please write a few more words, so that we know what to repair.")},
    )
    photo = AttachmentField(
        label=_("Do you have a photo?"),
        help_text=_("A picture helps us find it. We remove where and by what it was taken."),
        required=False,
    )

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Fill the topic field, and remove the place field if the chosen topic needs no place."""
        field = self.fields["topic"]
        assert isinstance(field, TopicField)
        field.offer(reportable_topics())
        chosen = field.topics.get(str(answers.get("topic") or ""))
        if chosen is not None and not chosen.needs_place:
            del self.fields["place"]


class ReportStepForm(ReportForm):
    """The report form of conversations: what the opening sentence says of topic and place is not asked.

    Where its topic is asked about again ("not that topic"), the likely ones are offered first.
    """

    LIKELY, ELSE = (
        f"{HINT}likely",
        "else",
    )  # the hint of the opening sentence: codes of topics; the option for all the others
    said: ClassVar[dict[str, str]] = {"topic": "topic", "place": "place", "house": "place", WHOLE: "words"}

    other_topic = TopicField(label=_("What is it about?"))

    field_order = ("topic", "other_topic", "place", "words", "photo")

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Offer the likely topics and "something else" first, where the opening sentence named some."""
        chosen = str(answers.get("topic") or "")
        super().shape({**answers, "topic": answers.get("other_topic") if chosen == self.ELSE else chosen})
        field, other = self.fields["topic"], self.fields["other_topic"]
        assert isinstance(field, TopicField)
        assert isinstance(other, TopicField)
        other.offer(field.topics)
        likely = {
            code: field.topics[code] for code in str(answers.get(self.LIKELY) or "").split() if code in field.topics
        }
        if likely and chosen not in field.topics:
            field.offer(likely)
            titles = [(code, topic.name) for code, topic in likely.items()]
            field.choices = [*titles, (self.ELSE, _now("Something else"))]
        if chosen != self.ELSE:
            del self.fields["other_topic"]

    def said_in(self, text: str, slots: Mapping[str, str], *, opening: bool = False) -> dict[str, str]:
        """Return as a hint the topics that the opening sentence may be about, if there are several.

        Where the nearest one is none that people may report, the next that they may is the answer: pests for rodents.
        """
        likely = [slots[name] for name in ("topic", "topic2", "topic3") if slots.get(name)]
        field = self.fields.get("topic")
        known = field.topics if isinstance(field, TopicField) else {}
        found = {self.LIKELY: " ".join(likely)} if opening and len(likely) > 1 else {}
        instead = next((code for code in likely if code in known), "")
        return found | {"topic": instead} if instead and likely[0] not in known else found

    def clean(self) -> dict[str, Any]:
        """Return the answers with the topic, from whichever of the two questions it came."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        other = found.pop("other_topic", None)
        return {**found, "topic": other} if other is not None else found


class ReportOnTheWebForm(ReportForm):
    """The report form of the web page, with an optional address for the receipt."""

    name = forms.CharField(
        label=_("What is your name?"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    reach = forms.CharField(
        label=_("Where should we send updates?"),
        help_text=_("A phone number or an e-mail address. Without one, you can follow the report by its number."),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "tel"}),
    )
    website = honeypot()

    def clean_reach(self) -> Address | None:
        """Return the reporter's phone number or e-mail address, or None where none was given."""
        return parse_reach(self.cleaned_data["reach"])

    def clean_website(self) -> str:
        """Raise ValidationError where the hidden field that only robots fill in has a value."""
        if self.cleaned_data["website"]:
            raise ValidationError(_("This field is a trap for machines. Please empty it and send again."))
        return ""


class OnBehalfForm(ReportForm):
    """The form in which a clerk writes down a call or a visit."""

    DOORS = (("phone", _("A phone call")), ("walk_in", _("A visit")))
    door = forms.ChoiceField(label=_("How did it come?"), choices=DOORS, initial="phone", widget=forms.RadioSelect)
    reach = forms.CharField(
        label=_("Phone number or e-mail"),
        help_text=_("The person is found by it, or added."),
        max_length=254,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "tel"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    tell = forms.BooleanField(label=_("Send the number to the person now"), required=False, initial=True)

    field_order = ("door", "reach", "name", "topic", "place", "words", "photo", "tell")

    def clean_reach(self) -> Address:
        """Return the phone number or e-mail address of the person who called or visited."""
        found = parse_reach(self.cleaned_data["reach"])
        assert found is not None
        return found


def parse_reach(text: str) -> Address | None:
    """Return the phone number or e-mail address in a text; None for an empty text; raise ValidationError."""
    return parse_citizen_address(text) if text.strip() else None


class StatusForm(StepForm):
    """The number of a request; not asked where the message named it already."""

    number = forms.CharField(
        label=_("What is the number of your request?"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr", "class": "short"}),
    )

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove the number field where the report is known already."""
        if isinstance(self.subject, Case):
            del self.fields["number"]

    def clean_number(self) -> Case:
        """Return the case with the number that was entered. Raise ValidationError where there is none."""
        case = find_case(self.cleaned_data["number"])
        if case is None:
            raise ValidationError(
                choose_wording(
                    _("We know no request with this number. Please check it and write it again."),
                    _("We know no request with this number. Please check it and say it again, or press its keys."),
                )
            )
        return case


def find_case(text: str) -> Case | None:
    """Return the case that a number names, in any spelling ("20418", "#20418", "٢٠٤١٨"), or None."""
    return find_case_by_number(digits(text).strip().lstrip("#").strip())
