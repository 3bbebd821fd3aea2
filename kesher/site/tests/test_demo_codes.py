"""The demo's codes are reserved: no real petition gets one before the demo is loaded."""

from __future__ import annotations

import re

from kesher.demo.data_files import FOLDER
from kesher.participation.check_digit_codes import EXAMPLES, is_valid


def test_every_code_of_the_demo_is_set_apart() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml"))
    assert {code for code in re.findall(r"'([1-9]\d{4})'", source) if is_valid(code)} == EXAMPLES
