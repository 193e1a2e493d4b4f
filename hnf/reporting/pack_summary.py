"""What a batch and its index page know of one pack: where it is, what it is about, and a few printed figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class PackJob:
    """A pack to be written.

    Parameters
    ----------
    key : str
        Names the place for whoever writes the pack, such as a DfE code.
    slug : str
        Folder of the pack within that of the batch: lower case letters, digits and hyphens.
    label : str
        The place as a list names it.
    """

    key: str
    slug: str
    label: str


@dataclass(frozen=True)
class SummaryFigure:
    """A figure of a pack as the index prints it.

    Parameters
    ----------
    column : str
        Heading of its column, unit included; figures of one column have the same in all packs.
    id : str
        Figure id, for `hnf trace`.
    printed : str
        As the pack prints it; `[x]` where it is missing.
    value : float or None
        What a column is sorted by; None where it is missing.
    """

    column: str
    id: str
    printed: str
    value: float | None


@dataclass(frozen=True)
class PackSummary:
    """A finished pack.

    Parameters
    ----------
    label : str
        The place as a list names it, such as "Bristol".
    folder : str
        Its folder within that of the batch.
    region : str
        Heading it stands under.
    headline : str
        Its message.
    code : str
        Printed beside the name: the DfE code of an authority, the ONS code of another place.
    la_codes : tuple of str
        DfE codes of the authorities it is about; one that is about a single authority has a square on the map.
    also : tuple of str
        What else somebody may look for: ONS code, other names, constituencies.
    figures : tuple of SummaryFigure
    files : tuple of (str, str)
        Other files to link, as (what it is, path within the folder), such as ("PDF", "briefing.pdf").
    """

    label: str
    folder: str
    region: str
    headline: str
    code: str = ""
    la_codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    figures: tuple[SummaryFigure, ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_payload(cls, found: Mapping[str, Any]) -> PackSummary:
        """Read the JSON form.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is not one.
        """
        la_codes, also = (tuple(str(text) for text in found[name]) for name in ("la_codes", "also"))
        return cls(
            label=str(found["label"]),
            folder=str(found["folder"]),
            region=str(found["region"]),
            headline=str(found["headline"]),
            code=str(found["code"]),
            la_codes=la_codes,
            also=also,
            figures=tuple(SummaryFigure(**figure) for figure in found["figures"]),
            files=tuple((str(what), str(path)) for what, path in found["files"]),
        )
