"""Numbers, dates and hours in running text, as people type and say them in four languages."""

from kesher.language.quantities.calendar_dates import FoundDate, find_dates
from kesher.language.quantities.clock_hours import FoundHour, find_hours
from kesher.language.quantities.spoken_numbers import FoundNumber, find_numbers

__all__ = ["FoundDate", "FoundHour", "FoundNumber", "find_dates", "find_hours", "find_numbers"]
