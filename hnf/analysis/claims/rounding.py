"""Whether a number said rounds from a number computed: the claim's own precision decides.

A number is taken to be rounded to the last digit that was said: "£23.8 million" allows £50,000 either way, "£118,000"
£500. Zeros at the end of a whole number may be exact or rounded, so they allow at most a fortieth of the number.
"""

from __future__ import annotations

import math

#: "about" stretches by this part of the number, "over" and "nearly" by twice as much to one side.
_STRETCH = 0.05
#: Zeros at the end never allow more than this part of the number.
_ZEROS = 0.025
#: A computed number on the edge of what is allowed is not lost to the last bit of a float.
_EDGE = 1e-9


def half_unit(digits: str, scale: float = 1.0) -> float:
    """Return half of the last place of a number as it was written.

    Parameters
    ----------
    digits : str
        Digits with an optional decimal part, no separators: `23.8`, `118000`.
    scale : float
        What they are multiplied by: 1e6 for "million".
    """
    whole, _, decimals = digits.partition(".")
    if decimals or scale > 1:
        return 0.5 * 10.0 ** -len(decimals) * scale
    zeros = len(whole) - len(whole.rstrip("0")) if whole.strip("0") else 0
    return max(0.5, min(0.5 * 10.0**zeros, float(whole or 0) * _ZEROS))


def fits(computed: float, said: float, tolerance: float, qualifier: str = "") -> bool:
    """Say whether a number that was said may stand for a computed one.

    Parameters
    ----------
    computed, said : float
        In the same unit.
    tolerance : float
        Half of the last place of what was said.
    qualifier : str
        `about` widens on both sides; `over` allows up to a tenth more, `nearly` as much less; `at least` any more.
    """
    if not (math.isfinite(computed) and math.isfinite(said)):
        return False
    stretch = max(2 * tolerance, abs(said) * _STRETCH)
    below = {"about": stretch, "nearly": 2 * stretch, "over": 0.0}.get(qualifier, tolerance)
    above = {"about": stretch, "over": 2 * stretch, "at least": math.inf}.get(qualifier, tolerance)
    edge = _EDGE * max(1.0, abs(said))
    return -below - edge <= computed - said <= above + edge
