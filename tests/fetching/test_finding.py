"""Finding a file: GOV.UK, DfE's page of allocations, releases and data sets of Explore Education Statistics."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fixtures.published_pages import (
    ASSETS,
    DATA_SET,
    DSG,
    EES_API,
    EES_CONTENT,
    EES_PAGE,
    GOVUK_API,
    PUBLICATION,
    RELEASE,
    RESULTS,
    ROWS,
    add_data_api,
    attachment,
    data_set_meta,
    dsg_file,
    dsg_page,
    pages_of,
    publication,
    result,
)
from fixtures.publisher_server import Answer, Publisher, archive, as_json, page

from hnf.errors import SourceError
from hnf.fetch.ees import EesClient, fetch_counts, find_release
from hnf.fetch.publishers import find_attachment, find_workbook
from hnf.fetch.web import Web
from hnf.sources.catalogue import Address, Source
from hnf.sources.crosschecks import Entry
from hnf.sources.places import Register
from hnf.sources.sen2 import load_release

TABLES = "https://www.gov.uk/government/publications/tables"
TABLES_API = f"{GOVUK_API}/government/publications/tables"
YEAR_PAGE = f"{DSG}/view-latest-funding/national-funding-allocations/DSG/2024-to-2025"
PLANS = "education-health-and-care-plans"
TITLE = r"^Number of education, health .*EHC\) plans as at January"


def test_the_attachment_is_found_by_name_or_title(publisher: Publisher, web: Web) -> None:
    publisher.add(
        TABLES_API,
        as_json(
            publication(
                attachment("notes.pdf", "Technical note"),
                attachment("DSG_2019-20_Mar.xls", "Allocations"),
                attachment("DSG_2019-20_Mar.html", kind="html"),
            )
        ),
    )
    found = Address(f"{ASSETS}/DSG_2019-20_Mar.xls", TABLES, "2019-03-27")
    assert find_attachment(web, TABLES, "^dsg_2019-20_mar") == found
    assert find_attachment(web, TABLES, "^Allocations$") == found


@pytest.mark.parametrize(("match", "problem"), [("2020", "no file"), ("DSG", "more than one file")])
def test_no_attachment_or_two_are_listed(publisher: Publisher, web: Web, match: str, problem: str) -> None:
    publisher.add(TABLES_API, as_json(publication(attachment("DSG_a.xls"), attachment("DSG_b.xls"))))
    with pytest.raises(SourceError, match=rf"{problem} of the page .*'{match}'; it has DSG_a.xls, DSG_b.xls"):
        find_attachment(web, TABLES, match)


def test_of_a_collection_the_latest_publication_is_taken(publisher: Publisher, web: Web) -> None:
    documents = [
        {"title": "GDP deflators, March 2026", "base_path": "/march", "public_updated_at": "2026-03-31T09:30:00Z"},
        {"title": "GDP deflators, June 2026", "base_path": "/june", "public_updated_at": "2026-06-30T09:30:00Z"},
        {"title": "A user guide", "base_path": "/guide", "public_updated_at": "2026-08-01T09:30:00Z"},
    ]
    publisher.add(TABLES_API, as_json({"document_type": "document_collection", "links": {"documents": documents}}))
    publisher.add(f"{GOVUK_API}/june", as_json(publication(attachment("june.xlsx"), updated="2026-06-30T09:30:00Z")))
    found = find_attachment(web, TABLES, r"\.xlsx$", "gdp deflators")
    assert found == Address(f"{ASSETS}/june.xlsx", "https://www.gov.uk/june", "2026-06-30")
    with pytest.raises(SourceError, match="lists no publication called like 'money supply'"):
        find_attachment(web, TABLES, r"\.xlsx$", "money supply")


@pytest.mark.parametrize(
    ("item", "what"),
    [
        ([], "not an object"),
        ({}, "no 'details'"),
        ({"details": {}}, "no list of 'attachments'"),
        ({"details": {"attachments": ["x"]}}, "no list of 'attachments'"),
        ({"details": {"attachments": [{"filename": "a.xls", "attachment_type": "file"}]}}, "has no url"),
        ({"document_type": "document_collection", "links": {}}, "no list of 'documents'"),
    ],
)
def test_a_page_of_another_shape_is_not_guessed_at(publisher: Publisher, web: Web, item: Any, what: str) -> None:
    publisher.add(TABLES_API, as_json(item))
    with pytest.raises(SourceError, match=rf"not laid out as known \(.*{what}"):
        find_attachment(web, TABLES, "a")


def test_the_newest_edition_of_a_year_is_found_by_the_words_of_its_link(publisher: Publisher, web: Web) -> None:
    publisher.add(YEAR_PAGE, dsg_page(2024, "2024-03-28", "2024-11-21", "2023-12-19"))
    match = "Download DSG allocations for all local authorities"
    assert find_workbook(web, YEAR_PAGE, match) == Address(dsg_file(2024, "2024-11-21"), YEAR_PAGE, "2024-11-21")


def test_the_catalogued_edition_is_preferred_while_it_is_on_the_page(publisher: Publisher, web: Web) -> None:
    publisher.add(YEAR_PAGE, dsg_page(2024, "2024-03-28", "2024-11-21"))
    assert find_workbook(web, YEAR_PAGE, "Download DSG", "2024-03-28").published == "2024-03-28"
    assert find_workbook(web, YEAR_PAGE, "Download DSG", "2024-07-18").published == "2024-11-21"


def test_links_that_cannot_be_told_apart_are_not_chosen_from(publisher: Publisher, web: Web) -> None:
    publisher.add(YEAR_PAGE, page("<a href='/a.ods'>Download DSG</a><a href='/b.ods'>Download DSG</a>"))
    with pytest.raises(SourceError, match="do not tell the editions apart"):
        find_workbook(web, YEAR_PAGE, "Download DSG")
    publisher.add(YEAR_PAGE, page("<a href='/a.ods'>Download DSG</a><a href='/a.ods'>Download DSG (again)</a>"))
    assert find_workbook(web, YEAR_PAGE, "Download DSG") == Address(f"{DSG}/a.ods", YEAR_PAGE)


def test_a_page_without_the_link_says_what_to_do(publisher: Publisher, web: Web) -> None:
    publisher.add(YEAR_PAGE, dsg_page(2024))
    with pytest.raises(SourceError, match=r"none of the 2 links of the page says 'Download DSG'.*`hnf ingest`"):
        find_workbook(web, YEAR_PAGE, "Download DSG")


@pytest.mark.parametrize("end", ["/version-summary", ""])
def test_the_zip_of_a_release_is_found_by_its_id(publisher: Publisher, web: Web, end: str) -> None:
    publisher.add(f"{EES_CONTENT}/publications/{PLANS}/releases/2025{end}", as_json({"id": RELEASE, "slug": "2025"}))
    found = find_release(web, PLANS, "2025", f"{EES_PAGE}/{PLANS}/2025")
    assert found == Address(f"{EES_CONTENT}/releases/{RELEASE}/files", f"{EES_PAGE}/{PLANS}/2025")


def test_the_zip_of_a_release_is_found_on_its_page_where_the_service_does_not_know_it(
    publisher: Publisher, web: Web
) -> None:
    address = f"{EES_PAGE}/{PLANS}/2025"
    one = f"{EES_CONTENT}/releases/{PUBLICATION}/files/{DATA_SET}"
    publisher.add(
        address, page(f"<a href='{one}'>One file</a><a href='{EES_CONTENT}/releases/{RELEASE}/files'>All files</a>")
    )
    assert find_release(web, PLANS, "2025", address).url == f"{EES_CONTENT}/releases/{RELEASE}/files"
    publisher.add(address, page("<p>Moved"))
    with pytest.raises(SourceError, match="no link to all its files"):
        find_release(web, PLANS, "2025", address)


def test_lists_are_read_over_all_pages(publisher: Publisher, web: Web) -> None:
    add_data_api(publisher)
    client = EesClient(web)
    assert [entry["slug"] for entry in client.publications("care plans")] == ["other-0", "other-1", "other-2", PLANS]
    assert "search=care+plans&page=1&pageSize=40" in publisher.asked[0].address
    assert len(client.data_sets(PUBLICATION)) == 2
    assert [entry["version"] for entry in client.versions(DATA_SET)] == ["2.0", "1.10", "1.9"]


def test_a_query_is_asked_page_by_page_and_waits_when_told_to(
    publisher: Publisher, web: Web, waits: list[float]
) -> None:
    add_data_api(publisher)
    paged = pages_of(RESULTS, 2)
    publisher.add(
        f"{EES_API}/data-sets/{DATA_SET}/query", paged, Answer(status=429, headers={"Retry-After": "3"}), paged
    )
    criteria = {"geographicLevels": {"in": ["NAT", "LA"]}}
    rows = list(EesClient(web).query(DATA_SET, criteria=criteria, indicators=["I1"], version="1.10"))
    assert rows == RESULTS
    assert waits == [3]
    bodies = [json.loads(asked.body) for asked in publisher.asked]
    assert [body["page"] for body in bodies] == [1, 2, 2, 3]
    assert bodies[0]["criteria"] == criteria
    assert all(asked.address.endswith("?dataSetVersion=1.10") for asked in publisher.asked)


def test_a_data_set_that_changes_between_pages_is_not_mixed(publisher: Publisher, web: Web) -> None:
    publisher.add(
        f"{EES_API}/data-sets/{DATA_SET}/query", pages_of(RESULTS, 2), pages_of([*RESULTS, RESULTS[0], RESULTS[0]], 2)
    )
    with pytest.raises(SourceError, match="changed while it was read: 5 results, then 7"):
        list(EesClient(web).query(DATA_SET))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ([], "no list of 'results'"),
        ({"results": {}}, "no list of 'results'"),
        ({"results": [1]}, "has no 'results'"),
        ({"results": [{"timePeriod": {}}]}, "has no 'geographicLevel'"),
        ({"results": []}, "how many pages"),
        ({"results": [], "paging": {"totalPages": "1", "totalResults": 0}}, "how many pages"),
        ({"results": [], "paging": {"totalPages": 9_000_000, "totalResults": 0}}, "9,000,000 pages"),
    ],
)
def test_an_answer_of_another_shape_is_not_guessed_at(publisher: Publisher, web: Web, answer: Any, what: str) -> None:
    publisher.add(f"{EES_API}/data-sets/{DATA_SET}/query", as_json(answer))
    with pytest.raises(SourceError, match=what):
        list(EesClient(web).query(DATA_SET))


def test_fewer_results_than_announced_are_not_taken_for_all(publisher: Publisher, web: Web) -> None:
    paging = {"page": 1, "pageSize": 2, "totalPages": 1, "totalResults": 9}
    publisher.add(f"{EES_API}/data-sets/{DATA_SET}/query", as_json({"results": RESULTS, "paging": paging}))
    with pytest.raises(SourceError, match="5 results came where 9 were announced"):
        list(EesClient(web).query(DATA_SET))


def test_the_counts_of_all_plans_come_in_the_layout_of_the_release(publisher: Publisher, web: Web) -> None:
    add_data_api(publisher)
    counts = fetch_counts(EesClient(web), PLANS, TITLE)
    assert counts.content.decode() == ROWS
    # 1.10 is newer than 1.9, and 2.0 was withdrawn.
    assert (counts.version, counts.release, counts.published) == ("1.10", "2026", "2026-06-25")
    asked = json.loads(next(asked.body for asked in publisher.asked if asked.method == "POST"))
    assert asked["indicators"] == ["I1"]
    assert asked["criteria"] == {"filters": {"in": ["o1"]}, "geographicLevels": {"in": ["NAT", "REG", "LA"]}}
    assert fetch_counts(EesClient(web), PLANS, TITLE, "2025").version == "1.9"


def made_up_register() -> Register:
    """The two authorities of the made-up counts, in the region that these name."""
    entries = {
        "919": Entry("Hertfordshire", frozenset({"hertfordshire"}), "E12000006", "", "", frozenset({"E10000015"})),
        "883": Entry("Thurrock", frozenset({"thurrock"}), "E12000006", "", "", frozenset({"E06000034"})),
    }
    return Register(frozenset(entries), {}, {"east of england": "E12000006"}, entries=entries)


def test_our_loader_reads_those_counts(publisher: Publisher, web: Web) -> None:
    add_data_api(publisher)
    content = archive({"data/caseload.csv": fetch_counts(EesClient(web), PLANS, TITLE).content})
    source = Source("made_up", "x.zip", "", "", "", "2026", "", False, 0, "", "sen2_caseload",
                    detail={"member": "data/caseload.csv", "release": "2026"})  # fmt: skip
    register = made_up_register()
    rows = load_release(source, content, register)["ehc_plans"]
    assert [(row["january"], row["la_code"], row["count"], row["status"]) for row in rows] == [
        (2025, "", 600_000, ""),
        (2026, "", 70_000, ""),
        (2026, "", 70_000, ""),
        (2026, "883", None, "x"),
        (2026, "919", 15_000, ""),
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda meta: meta["filters"][0].update(column="group"), "no column 'breakdown'"),
        (lambda meta: meta["filters"][0]["options"].clear(), "0 options 'All EHC plans'"),
        (lambda meta: meta["indicators"].pop(0), "no column 'ehcplans'"),
        (lambda meta: meta["locations"][2]["options"][0].pop("oldCode"), "no 'oldCode'"),
        (lambda meta: meta["locations"][2]["options"].pop(0), "no .*'a1'"),
        (lambda meta: meta["locations"][0].pop("level"), "no 'level'"),
        (lambda meta: meta.pop("locations"), "no list of 'locations'"),
    ],
)
def test_a_data_set_described_otherwise_is_not_guessed_at(
    publisher: Publisher, web: Web, change: Any, what: str
) -> None:
    add_data_api(publisher)
    meta = data_set_meta()
    change(meta)
    publisher.add(f"{EES_API}/data-sets/{DATA_SET}/meta", as_json(meta))
    with pytest.raises(SourceError, match=what):
        fetch_counts(EesClient(web), PLANS, TITLE)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (RESULTS[1], "two results for 202526 Local authority E12000006 919"),
        (result("NAT", {"NAT": "n1"}, "1", "2026"), "not an academic year"),
        (result("SCH", {"NAT": "n1"}, "1"), "lacks its level"),
        (result("LA", {"NAT": "n1"}, "1"), "lacks its level, place"),
        (result("NAT", {"NAT": "n1"}, "=1+1", "2023/2024"), "take for a formula"),
        ({**result("NAT", {"NAT": "n1"}, "1"), "values": {"I1": 1}}, "lacks its level, place or value"),
        ({**result("NAT", {"NAT": "n1"}, "1"), "filters": {"F1": "o2"}}, "not of the characteristic"),
    ],
)
def test_results_of_another_shape_are_not_guessed_at(
    publisher: Publisher, web: Web, wrong: dict[str, Any], what: str
) -> None:
    add_data_api(publisher, [*RESULTS, wrong])
    with pytest.raises(SourceError, match=what):
        fetch_counts(EesClient(web), PLANS, TITLE)


def test_a_publication_data_set_or_release_that_is_not_there_is_said_so(publisher: Publisher, web: Web) -> None:
    add_data_api(publisher)
    client = EesClient(web)
    with pytest.raises(SourceError, match="no publication 'nothing'"):
        fetch_counts(client, "nothing", TITLE)
    with pytest.raises(SourceError, match=r"no data set is called like 'x'; there are: .*Number of new plans"):
        fetch_counts(client, PLANS, "x")
    with pytest.raises(SourceError, match="more than one data set"):
        fetch_counts(client, PLANS, "Number")
    with pytest.raises(SourceError, match="no release '2031' of the data set; it has 2026, 2025"):
        fetch_counts(client, PLANS, TITLE, "2031")
