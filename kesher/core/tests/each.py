"""One test for many cases, where `parametrize` would make a test, with its fixtures and its line, of each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any


def each(names: str, cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the test for each case (several ``names``, divided by commas: a tuple) with the same fixtures, and fail with
    one list of the cases that failed."""
    names_of, found = names.split(","), list(cases)

    def looped(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def run(**fixtures: Any) -> None:
            failed = []
            for case in found:
                values = case if len(names_of) > 1 else (case,)
                try:
                    test(**fixtures, **dict(zip(names_of, values, strict=True)))
                except Exception as why:
                    failed.append(f"{case}: {why!r}")
            assert found, "no cases"
            assert not failed, "\n".join([f"{len(failed)} of {len(found)}:", *failed])

        signature = inspect.signature(test)
        fixtures = [one for one in signature.parameters.values() if one.name not in names_of]
        run.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]  # what pytest reads
        return run

    return looped
