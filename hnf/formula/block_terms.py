"""Names of the parts of the block that scenarios change, in a module that takes no time to import."""

from __future__ import annotations

#: Steps of the block in the order in which they are added up.
STEP_TERMS = (
    "nff_in_protection",
    "basic_entitlement",
    "import_export",
    "special_free_schools",
    "hospital_ap",
    "additional",
)
BEFORE_GAINS_LIMIT = "nff_before_gains_limit"
#: The whole block, as a term that a change may name.
BLOCK = "block"
#: Money given or taken without being part of a published step.
ADJUSTMENT = "adjustment"
