"""Logs without personal data: numbers, addresses and tokens are masked before a line is written."""

from __future__ import annotations

import logging

from kesher.language import mask


class MaskFilter(logging.Filter):
    """Masks the finished line; tracebacks are masked too, because their last line often quotes a value."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True
