"""The tables of petitions."""

from kesher.language import LANGUAGES
from kesher.petitions.models.events import Milestone, PetitionEvent
from kesher.petitions.models.petition import TITLE_MAX, Petition, PetitionKey, PetitionUpdate, Signature
from kesher.petitions.models.policy import Area, Policy, Threshold

__all__ = [
    "LANGUAGES",
    "TITLE_MAX",
    "Area",
    "Milestone",
    "Petition",
    "PetitionEvent",
    "PetitionKey",
    "PetitionUpdate",
    "Policy",
    "Signature",
    "Threshold",
]
