"""Writes reports/key-sentences.txt: every sentence of every member's pack, to be read by a person.

Run `python tests/reporting/key_sentences.py` after a change of words or of data, and read what the file then says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack
from hnf.packs.content import Pack, Sentence
from hnf.tables.authorities import Authorities, constituencies
from hnf.tables.store import Store

PAGE = Path(__file__).resolve().parents[2] / "reports" / "key-sentences.txt"


@cache
def packs(store: Store, every: int = 1) -> list[Pack]:
    """Build the packs of all regions, all open authorities, and all constituencies of several authorities.

    With `every`, one in so many of them.
    """
    authorities = Authorities.of(store)
    open_ones = [one for one in sorted(authorities.by_code.values(), key=lambda one: one.name) if not one.closed]
    several = [one for one in constituencies(store) if len(one.la_codes) > 1]
    makers: list[Callable[[], Pack]] = [
        *(partial(build_region_pack, store, region) for region in sorted(authorities.region_names)),
        *(partial(build_pack, store, authority.la_code, "mp") for authority in open_ones),
        *(partial(build_constituency_pack, store, constituency.code, "mp") for constituency in several),
    ]
    return [make() for make in makers[::every]]


def write(built: list[Pack]) -> str:
    """Return the text of the file."""
    parts = []
    for pack in built:
        lines = [pack.title, "", f"  {pack.headline.text}", f"  {pack.as_at.text}"]
        lines += [f"  {number.large}  {number.label}. {number.says.text}" for number in pack.numbers]
        for section in (one for one in pack.sections if one.id != "decided"):  # the same in every pack
            lines += ["", f"  {section.title}", *(f"    {_line(said)}" for said in section.sentences())]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _line(said: Sentence) -> str:
    return f"{said.text} ({said.said_by})" if said.said_by else said.text


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(write(packs(Store())), encoding="utf-8")
