"""A share and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Share:
    """So many of so many, with the Wilson interval of 95 %."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The interval, within 0 and 1 (Wilson 1927)."""
        if not self.n:
            return 0.0, 1.0
        z, n, p = 1.959964, self.n, self.value
        middle, wide = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        return max(0.0, (middle - wide) / scale), min(1.0, (middle + wide) / scale)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits} of {self.n}, {self.value:.3f} [{low:.3f}, {high:.3f}]"
