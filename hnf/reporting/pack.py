"""Builds briefing packs: of an authority, of a constituency, of a region."""

from __future__ import annotations

from hnf.reporting.assemble import assemble
from hnf.reporting.authority_pack import draft_authority
from hnf.reporting.content import Audience, Pack
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
