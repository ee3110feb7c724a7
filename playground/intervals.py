"""How sure a measured share is."""
from __future__ import annotations

from math import sqrt

Z = 1.959963984540054                     # 95 % of a normal distribution lie within so many deviations


def wilson(share: float, count: int) -> tuple[float, float]:
    """Bounds of Wilson's 95 % interval of a share of `count` trials, 0 to 1; (0, 1) when there was none."""
    if count == 0:
        return 0.0, 1.0
    square = Z * Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z * sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)
