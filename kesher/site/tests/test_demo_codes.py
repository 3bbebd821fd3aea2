"""The demo's codes are reserved: no real petition gets one before the demo is loaded."""

from __future__ import annotations

import re
from pathlib import Path

from kesher.participation.check_digit_codes import EXAMPLES, is_valid
from kesher.site import demo


def test_every_code_of_the_demo_is_set_apart() -> None:
    source = "".join(path.read_text() for path in Path(demo.__path__[0]).glob("*.py"))
    assert {code for code in re.findall(r'"([1-9]\d{4})"', source) if is_valid(code)} == EXAMPLES
