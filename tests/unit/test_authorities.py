"""Finding an authority from what a person types, and the lineage of reorganised ones."""

import pytest

from hnf.errors import UsageError
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store


@pytest.fixture(scope="module")
def authorities(store: Store) -> Authorities:
    return Authorities.of(store)


@pytest.mark.parametrize(
    ("text", "la_code"),
    [
        ("Hertfordshire", "919"),
        ("HERTFORDSHIRE", "919"),
        (" herts ", "919"),
        ("Hertfordshire County Council", "919"),
        ("919", "919"),
        ("E10000015", "919"),
        ("e10000015", "919"),
        # Names that differ between the files (FIELD.md, traps).
        ("St Helens", "342"),
        ("St. Helens", "342"),
        ("st.helens", "342"),
        ("Bristol City of", "801"),
        ("Bristol, City of", "801"),
        ("City of Bristol", "801"),
        ("Bristol", "801"),
        ("Bedford Borough", "822"),
        ("Bedford", "822"),
        ("Durham", "840"),
        ("County Durham", "840"),
        ("Hull", "810"),
        ("Kingston upon Hull, City of", "810"),
        ("Herefordshire", "884"),
        ("Bournemouth, Christchurch & Poole", "839"),
        ("BCP", "839"),
        ("the isle of wight", "921"),
        ("Kensington and Chelsea", "207"),
        ("Royal Borough of Kensington & Chelsea", "207"),
        ("London Borough of Camden", "202"),
        ("City of London", "201"),
        ("City of York Council", "816"),
        ("Southend-on-Sea", "882"),
        ("Cheshire East", "895"),
        ("Dorset", "838"),  # the open one; the Dorset that closed is 835
        ("835", "835"),
    ],
)
def test_an_authority_is_found_as_people_name_it(authorities: Authorities, text: str, la_code: str) -> None:
    assert authorities.find(text).la_code == la_code


@pytest.mark.parametrize(
    ("old", "new", "la_code"),
    [
        # ONS codes that changed without the authority changing (ONS code history; FIELD.md, traps).
        ("E08000020", "E08000037", "390"),  # Gateshead 2013
        ("E06000048", "E06000057", "929"),  # Northumberland 2013
        ("E10000002", "E06000060", "825"),  # Buckinghamshire 2020
        ("E10000027", "E06000066", "933"),  # Somerset 2023
        ("E10000023", "E06000065", "815"),  # North Yorkshire 2023
        ("E08000016", "E08000038", "370"),  # Barnsley 2025
        ("E08000019", "E08000039", "373"),  # Sheffield 2025
    ],
)
def test_ons_codes_old_and_new_name_the_same_authority(
    authorities: Authorities, old: str, new: str, la_code: str
) -> None:
    assert authorities.find(old).la_code == authorities.find(new).la_code == la_code
    assert authorities[la_code].gss_code == new
    assert old in authorities[la_code].former_gss_codes


def test_every_name_alias_and_code_finds_its_own_authority(authorities: Authorities) -> None:
    assert len(authorities.by_code) == 160
    open_names = {a.name for a in authorities.by_code.values() if not a.closed}
    for authority in authorities.by_code.values():
        for text in (authority.la_code, authority.gss_code, *authority.former_gss_codes, *authority.aliases):
            assert authorities.find(text).la_code == authority.la_code, text
        if not authority.closed or authority.name not in open_names:
            assert authorities.find(authority.name.upper()) == authority
            assert authorities.find(authority.prose) == authority


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Hertfordshir", "Hertfordshire"),
        ("Northumberlnd", "Northumberland"),
        ("Cumberlnad", "Cumberland"),
        ("Glos", "Gloucestershire"),
        ("Yorkshire", "North Yorkshire"),
    ],
)
def test_a_misspelt_name_gets_the_nearest(authorities: Authorities, text: str, suggestion: str) -> None:
    if text == "Glos":  # too short to be near anything: the list is offered
        with pytest.raises(UsageError, match="See `hnf authorities`"):
            authorities.find(text)
        return
    with pytest.raises(UsageError, match=rf"no authority is called '{text}'\. Did you mean .*{suggestion}"):
        authorities.find(text)


@pytest.mark.parametrize("text", ["", "   ", "999", "E99999999", "£$%", "x" * 10_000, "٩١٩", "\x00"])
def test_nonsense_is_refused_with_a_way_on(authorities: Authorities, text: str) -> None:
    with pytest.raises(UsageError, match="no authority is called") as caught:
        authorities.find(text)
    assert len(caught.value.line()) < 300


@pytest.mark.parametrize(
    ("before", "after", "kind", "closed"),
    [
        (("928",), ("940", "941"), "split", "2021-03-31"),  # Northamptonshire, SI 2020/156
        (("909",), ("942", "943"), "split", "2023-03-31"),  # Cumbria, SI 2022/331
        (("835", "836", "837"), ("838", "839"), "recast", "2019-03-31"),  # Dorset and BCP, SI 2018/648
    ],
)
def test_lineage(
    authorities: Authorities, before: tuple[str, ...], after: tuple[str, ...], kind: str, closed: str
) -> None:
    for code in before:
        assert authorities[code].successors == after
        assert authorities[code].lineage_kind == kind
        assert authorities[code].closed == closed
    for code in after:
        assert authorities[code].predecessors == before
        assert authorities[code].opened > closed
        assert not authorities[code].closed


def test_every_closed_authority_names_its_successors_and_they_name_it(authorities: Authorities) -> None:
    closed = [a for a in authorities.by_code.values() if a.closed]
    assert closed
    for authority in closed:
        assert authority.successors, authority.name
        for code in authority.successors:
            assert authority.la_code in authorities[code].predecessors


def test_names_in_prose_and_in_file_names(authorities: Authorities) -> None:
    assert authorities["801"].prose == "Bristol"
    assert authorities["921"].prose == "the Isle of Wight"
    assert authorities["921"].slug == "isle-of-wight"
    assert authorities["839"].slug == "bournemouth-christchurch-and-poole"
    slugs = [a.slug for a in authorities.by_code.values() if not a.closed]
    assert len(slugs) == len(set(slugs))
