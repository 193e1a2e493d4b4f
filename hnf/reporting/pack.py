"""Builds briefing packs: of an authority, of a constituency, of a region."""

from __future__ import annotations

from hnf.reporting.assemble import assemble
from hnf.reporting.authority_pack import draft_authority
from hnf.reporting.constituency_pack import draft_constituency
from hnf.reporting.content import Audience, Pack
from hnf.reporting.region_pack import draft_region
from hnf.reporting.subject import subject_of
from hnf.store import Store


def build_pack(store: Store, who: str, audience: Audience = "analyst") -> Pack:
    """Build the content of the pack of one authority.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it.
    audience : str
        `mp`, `councillor` or `analyst`: length and depth differ, figures do not.

    Returns
    -------
    Pack
        Of the latest year with an allocation; an authority that never had one gets a pack that says so.

    Raises
    ------
    UsageError
        If the authority is unknown or closed.
    """
    return assemble(store, draft_authority(subject_of(store, who)), audience)


def build_constituency_pack(store: Store, name: str, audience: Audience = "mp") -> Pack:
    """Build the pack of a constituency: its authority's, or those of several authorities side by side.

    Parameters
    ----------
    store : Store
    name : str
        Name or ONS code, boundaries of 2024.
    audience : str

    Raises
    ------
    UsageError
        If there is no such constituency.
    """
    return assemble(store, draft_constituency(store, name), audience)


def build_region_pack(store: Store, name: str, audience: Audience = "mp") -> Pack:
    """Build the pack of a region: its authorities side by side.

    Parameters
    ----------
    store : Store
    name : str
        Name or ONS code.
    audience : str

    Raises
    ------
    UsageError
        If there is no such region.
    """
    return assemble(store, draft_region(store, name), audience)
