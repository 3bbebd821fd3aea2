"""Services of incidents: find them, open and end them, say their notices."""

from kesher.incidents.services.end_messages import count_reach, end_incident
from kesher.incidents.services.erasure import erase_people
from kesher.incidents.services.incidents import (
    attach_case,
    attach_person,
    describe_incident,
    merge_incidents,
    move_incident,
    split_incident,
    take_out_case,
    take_out_person,
)
from kesher.incidents.services.notices import leave_incident, publish_notice, say_notice, withdraw_notice
from kesher.incidents.services.recognition import detect_incidents

__all__ = [
    "attach_case",
    "attach_person",
    "count_reach",
    "describe_incident",
    "detect_incidents",
    "end_incident",
    "erase_people",
    "leave_incident",
    "merge_incidents",
    "move_incident",
    "publish_notice",
    "say_notice",
    "split_incident",
    "take_out_case",
    "take_out_person",
    "withdraw_notice",
]
