"""How well the search answers questions whose right answers are known (see tests/judged/README.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kesher.answers.search import search


@dataclass(slots=True)
class Judged:
    """How often a right answer was the first, and among the first three; by class, too."""

    asked: int = 0
    first: int = 0
    third: int = 0
    by_class: dict[str, list[int]] = field(default_factory=dict)

    def add(self, kind: str, *, first: bool, third: bool) -> None:
        self.asked, self.first, self.third = self.asked + 1, self.first + first, self.third + third
        counts = self.by_class.setdefault(kind, [0, 0, 0])
        for at, value in enumerate((1, first, third)):
            counts[at] += value

    @property
    def totals(self) -> dict[str, Any]:
        return {
            "queries": self.asked,
            "success_at_1": round(self.first / self.asked, 4),
            "success_at_3": round(self.third / self.asked, 4),
        }

    @property
    def classes(self) -> dict[str, list[float]]:
        """{class: [success at 1, success at 3]}."""
        return {
            kind: [round(one / n, 2), round(three / n, 2)] for kind, (n, one, three) in sorted(self.by_class.items())
        }


def judge(rows: Iterable[Mapping[str, Any]]) -> Judged:
    """In: queries as the judged set has them. Out: the figures, and not one query."""
    result = Judged()
    for row in rows:
        right = set(row.get("slugs") or [row["slug"]])
        found = [hit.slug for hit in search(row["query"], row["lang"], most=3).hits]
        result.add(row["class"], first=bool(right & set(found[:1])), third=bool(right & set(found)))
    return result
