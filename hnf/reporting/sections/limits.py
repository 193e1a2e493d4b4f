"""What a pack does not show."""

from __future__ import annotations

from hnf.analysis.series import NeedSeries
from hnf.analysis.series_breaks import collection_since, statements_until
from hnf.reporting.content import Section
from hnf.reporting.sentences import plain, say_small_counts


def limits_section(need: NeedSeries | None, *, has_funding: bool) -> Section:
    """What the pack does not show."""
    bullets = [
        plain(
            "EHC plans are one measure of need. Most children with special educational needs have no plan, and "
            "authorities differ in how they use plans."
        ),
        plain(
            f"Counts of plans were collected as totals until {collection_since() - 1} and by person from "
            f"{collection_since()}; statements of SEN are counted with plans until {statements_until()}."
        ),
    ]
    if need and (warning := say_small_counts(need)):
        bullets.append(warning)
    if need:
        bullets += [
            plain(
                f"{change.end.label}: {change.end.status}. The release does not give the count, so neither does this."
            )
            for change in need.area
            if change.end.value is None
        ]
    if has_funding:
        bullets += [
            plain(
                "Funding is the allocation, before deductions for places that DfE pays directly. It is not what the "
                "authority spends, and a gap to another rate is not a deficit."
            ),
            plain(
                "The allocations are the editions named under sources; later editions of the last year may "
                "differ. Amounts are in cash."
            ),
            plain(
                "The formula's own inputs for each authority (such as free school meals, attainment and past "
                "spending) are not in the published allocation tables, so the pack cannot say which of them "
                "decides the amount."
            ),
        ]
    return Section("limits", "What this does not show", bullets=tuple(bullets))
