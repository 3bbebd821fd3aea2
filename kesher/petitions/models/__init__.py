"""The tables of petitions."""

from kesher.language import LANGUAGES
from kesher.petitions.models.petition import TITLE_MAX, Petition, PetitionKey, PetitionUpdate, Signature
from kesher.petitions.models.policy import Area, Policy, Threshold
from kesher.petitions.models.story import Milestone, PetitionEvent

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
