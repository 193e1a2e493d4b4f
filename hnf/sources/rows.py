"""What the loaders share: the shape of a tidy row before it is typed, and the register of known areas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: A row of a tidy table by column name; numbers unrounded, None where the publisher prints a symbol.
Row = dict[str, Any]


@dataclass(frozen=True)
class Register:
    """The areas that a loader may meet.

    Parameters
    ----------
    la_codes : frozenset of str
        DfE codes of all authorities, open and closed.
    la_code_of_gss : dict
        DfE code by ONS code, current and former.
    region_codes : dict
        ONS code of a region by its case-folded name.
    la_code_of_name : dict
        DfE code by name and alias, for files that give no codes; of a shared name, the code of the open authority.
    """

    la_codes: frozenset[str]
    la_code_of_gss: dict[str, str]
    region_codes: dict[str, str]
    la_code_of_name: dict[str, str] = field(default_factory=dict)
