"""Models of petitions, their events, signatures and the agency's petition policy."""

from kesher.language import LANGUAGES
from kesher.petitions.models.events import Milestone, PetitionEvent, PetitionUpdate
from kesher.petitions.models.petition import TITLE_MAX, Petition, PetitionKey
from kesher.petitions.models.policy import Area, Policy, Threshold
from kesher.petitions.models.signature import Signature
