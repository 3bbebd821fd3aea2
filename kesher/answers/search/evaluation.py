"""Measure the search's quality on questions whose right answers are known (tests/judged/README.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kesher.answers.search.search import search


@dataclass(slots=True)
class Evaluation:
    """How often a right answer was the first, and among the first three, also by class of question."""

    asked: int = 0
    first: int = 0
    third: int = 0
    by_class: dict[str, list[int]] = field(default_factory=dict)

    def add_query(self, kind: str, *, first: bool, third: bool) -> None:
        """Count one test query, of class ``kind``: whether a right answer was first, and among the first three."""
        self.asked, self.first, self.third = self.asked + 1, self.first + first, self.third + third
        counts = self.by_class.setdefault(kind, [0, 0, 0])
        for at, value in enumerate((1, first, third)):
            counts[at] += value

    @property
    def totals(self) -> dict[str, Any]:
        """Return the number of test queries, and the share with a right answer first and among the first three."""
        return {
            "queries": self.asked,
            "success_at_1": round(self.first / self.asked, 4),
            "success_at_3": round(self.third / self.asked, 4),
        }

    @property
    def classes(self) -> dict[str, list[float]]:
        """Return {class of query: [share with a right answer first, share among the first three]}."""
        return {
            kind: [round(one / n, 2), round(three / n, 2)] for kind, (n, one, three) in sorted(self.by_class.items())
        }


def evaluate_search(rows: Iterable[Mapping[str, Any]]) -> Evaluation:
    """Run the search on judged test queries, and return how often it found a right answer."""
    result = Evaluation()
    for row in rows:
        right = set(row.get("slugs") or [row["slug"]])
        found = [hit.slug for hit in search(row["query"], row["lang"], most=3).hits]
        result.add_query(row["class"], first=bool(right & set(found[:1])), third=bool(right & set(found)))
    return result
