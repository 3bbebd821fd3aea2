"""Hebrew dates: 3.11.2026, as in the site's other languages. Django would read 05/11 as the eleventh of May."""

SHORT_DATE_FORMAT = "j.n.Y"
DATETIME_FORMAT = "j בF Y, H:i"
SHORT_DATETIME_FORMAT = "j.n.Y, H:i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]
