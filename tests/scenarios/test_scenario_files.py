"""Scenario files: what they may say, and what is refused with which message."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from hnf.errors import HnfError
from hnf.scenarios.changes import KINDS, apply_change, load_block_arrays, published_state
from hnf.scenarios.files import (
    RENAMED_KEYS,
    RENAMED_KINDS,
    RENAMED_PARAMETERS,
    TOP_KEYS,
    combine,
    find_scenarios,
    parse_scenario,
    read_scenario,
    template,
    write_template,
)
from hnf.scenarios.run import change_words, run_scenario
from hnf.tables.store import Store
from hnf.years import FinancialYear

BAD = Path(__file__).parents[1] / "fixtures" / "bad" / "scenarios"
YEAR = FinancialYear(2022)

#: What each bad file is answered with.
MESSAGES = {
    "baseline_number": 'baseline is 1, which is not known. Write "block_as_published".',
    "baseline_unknown": "baseline is 'last_year', which is not known. Write \"block_as_published\".",
    "change_not_list": "change is not a list of tables. Write each change as [[change]]",
    "change_of_texts": "change is not a list of tables. Write each change as [[change]]",
    "change_too_many": "there are 21 changes, the most is 20",
    "choice_typo": "unknown value 'pupils' in change 1: per. Did you mean pupil?",
    "choice_unknown": "unknown value 'import_export' in change 1: term. Known there: block,",
    "factors_floor": "change 1: the change 'funding_floor' needs the factors of every authority",
    "factors_historic": "Read them from a file of yours with 'hnf ingest factors FILE --year 2022-23 --parameters DIR'",
    "factors_limit": "change 1: the change 'gains_limit_rate' needs the factors",
    "factors_weights": "change 1: the change 'proxy_share' needs the factors",
    "kind_as_type": "the key 'type' in change 1 is called kind. Rename it.",
    "kind_missing": "change 1 has no kind. Kinds are uplift, gains_limit,",
    "kind_number": "unknown kind of change '3' in change 1. Known there: uplift",
    "kind_renamed": "the kind of change 'remove_gains_limit' in change 1 is called gains_limit. Rename it.",
    "kind_typo": "unknown kind of change 'upliftt' in change 1. Did you mean uplift?",
    "kind_unknown": "unknown kind of change 'magic' in change 1. Known there: uplift",
    "not_toml_quote": "not readable as TOML (Illegal character",
    "not_toml_twice": "not readable as TOML (Cannot overwrite a value (at line 12",
    "nothing_left": "change 2: nothing is left of additional in 2022-23 that could be scaled",
    "one_of_none": "change 1 (minimum_rate) gives none of them. Give exactly one of rate_gbp, pct_of_median",
    "one_of_two": "change 1 (minimum_rate) gives rate_gbp and pct_of_median. Give exactly one of",
    "parameter_missing": "term missing in change 1 (uplift). Add it.",
    "parameter_of_another_kind": "unknown key 'per' in change 1 (gains_limit). Known there: share_removed.",
    "parameter_renamed": "the key 'percent' in change 1 (uplift) is called pct. Rename it.",
    "parameter_typo": "unknown key 'pctt' in change 1 (uplift). Did you mean pct?",
    "population_missing": 'does not say which population. Add population = "ons" (ONS estimate) or "dfe"',
    "population_needless": "change 1 (minimum_rate) has a population and is not per head. Remove population.",
    "range_above": "change 1: share_removed is 50. It goes from 0 to 1 (share).",
    "range_below": "change 1: pct is -1. It goes from 0 to 100 (pct).",
    "rest_cannot_pay": "change 1: the rest cannot pay for a minimum of £5,000.00. The most they can is £1,198.88",
    "text_empty": "author is empty. Say it in a few words.",
    "text_long": "reference has 501 characters, the most is 500",
    "text_number": "title is 5, not text. Put it in quotation marks.",
    "top_key_missing": "author missing in the top level. 'hnf scenario new' writes a file that has them all.",
    "top_key_missing_several": "author, reference, baseline, year, change missing in the top level.",
    "top_key_renamed": "the key 'name' in the top level is called title. Rename it.",
    "top_key_renamed_years": "the key 'years' in the top level is called year. Rename it.",
    "top_key_typo": "unknown key 'autor' in the top level. Did you mean author?",
    "top_key_unknown": "unknown key 'colour' in the top level. Known there: schema_version, title,",
    "unit_key_typo": "unknown key 'units' in change 1: pct. Did you mean unit?",
    "unit_missing": "unit missing in change 1: pct. Add it.",
    "unit_other": "change 1: pct is in 'share', its unit is pct. Convert it to pct.",
    "value_nan": "change 1: pct is nan, not a number. Write a plain number; the unit is pct.",
    "value_text": "change 1: pct is '1%', not a number. Write a plain number; the unit is pct.",
    "value_true": "change 1: pct is True, not a number.",
    "version_later": "schema_version is 2, this version of hnf reads 1. Write the file anew",
    "version_true": "schema_version is True, this version of hnf reads 1.",
    "year_none": 'year is an empty list. Write year = "2023-24", or a list of years.',
    "year_number": "year is 2022, not text. Put it in quotation marks.",
    "year_twice": "year lists a year twice. Write each once.",
    "year_unknown": "year: '2022' is not a financial year. Write it as 2023-24.",
    "year_without_additional": "change 1: the block of 2020-21 has no step additional. Choose another year",
    "year_without_column_g": "change 1: the tables of 2021-22 do not print the formula before the gains limit. Use",
    "year_without_data": "there is no allocation for 2026-27 in these tables. Years are 2019-20,",
    "year_without_flat_share": "change 1: the tables of 2019-20 do not print the formula before the gains limit.",
}


@pytest.mark.parametrize("case", sorted(MESSAGES))
def test_a_bad_file_is_answered_with_file_key_and_next_step(store: Store, case: str) -> None:
    path = BAD / f"{case}.toml"
    with pytest.raises(HnfError) as caught:
        run_scenario(store, read_scenario(path))
    line = caught.value.line()
    assert MESSAGES[case] in line
    assert str(path) in line or case == "year_without_data"
    assert "\n" not in line


def test_every_bad_file_is_asserted() -> None:
    assert sorted(path.stem for path in BAD.iterdir()) == sorted(MESSAGES)


def test_renamed_names_are_not_in_use_and_lead_to_ones_that_are() -> None:
    parameters = {parameter.name for kind in KINDS.values() for parameter in kind.parameters} | {"kind"}
    for table, known in ((RENAMED_KEYS, set(TOP_KEYS)), (RENAMED_KINDS, set(KINDS)), (RENAMED_PARAMETERS, parameters)):
        assert not set(table) & known
        assert set(table.values()) <= known


def test_every_kind_is_computed_or_says_that_it_needs_factors(store: Store) -> None:
    arrays = load_block_arrays(store, YEAR)
    text = template(YEAR)
    examples = re.findall(r"(?:^# \[\[change\]\]\n(?:# \w+ = .*\n)+)", text, flags=re.MULTILINE)
    assert len(examples) == len(KINDS) - 1
    head = text.partition("[[change]]")[0]
    for example in examples:
        change = parse_scenario(head + example.replace("# ", ""), "example", "example").changes[0]
        assert change_words(change)
        if KINDS[change.kind].needs_factors:
            with pytest.raises(HnfError, match="needs the factors"):
                apply_change(arrays, published_state(arrays), change)
        else:
            assert apply_change(arrays, published_state(arrays), change)
            assert change_words(change, arrays)


def test_the_template_runs_once_it_has_a_year(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    write_template(path, YEAR)
    assert run_scenario(store, read_scenario(path)).cost_gbp > 0
    assert all(len(line) <= 120 for line in path.read_text(encoding="utf-8").splitlines())
    with pytest.raises(HnfError, match="is there already"):
        write_template(path)
    assert path.read_text(encoding="utf-8") == template(YEAR)
    with pytest.raises(HnfError, match="'YEAR' is not a financial year"):
        parse_scenario(template(), "mine", "mine.toml")
    with pytest.raises(HnfError, match="cannot write"):
        write_template(tmp_path / "nowhere" / "mine.toml")


def test_a_number_may_carry_its_unit() -> None:
    text = template(YEAR)
    with_unit = text.replace("\npct = 1\n", '\npct = { value = 1, unit = "pct" }\n')
    assert parse_scenario(with_unit, "a", "a").changes == parse_scenario(text, "a", "a").changes
    assert with_unit != text


def test_titles_are_plain_text_on_one_line() -> None:
    text = template(YEAR).replace("One per cent more for everyone", r"=cmd\n <b>bold</b> \u0007")
    assert parse_scenario(text, "a", "a").title == "=cmd <b>bold</b> \x07"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("nofile.toml", "nofile.toml: the scenario file does not exist. 'hnf scenario new --out FILE' writes one."),
        ("hnf/formula", "the scenario file"),
        ("no_gain_limit", "there is no scenario 'no_gain_limit'. Did you mean no_gains_limit"),
        ("xyzzy", "there is no scenario 'xyzzy'. 'hnf scenario list' names those that ship with hnf"),
        ("", "there is no scenario ''"),
        ("no_gains_limit+", "there is no scenario ''"),
    ],
)
def test_what_is_no_scenario(word: str, message: str) -> None:
    with pytest.raises(HnfError) as caught:
        find_scenarios([word])
    assert message in caught.value.line()


def test_files_that_are_no_text_or_far_too_long(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HnfError, match="not text in UTF-8"):
        read_scenario(path)
    path.write_text("# " + "x" * 200_000)
    with pytest.raises(HnfError, match="which is no scenario"):
        read_scenario(path)
    path.write_text("[" * 20_000)
    with pytest.raises(HnfError, match="not readable as TOML"):
        read_scenario(path)


def test_scenarios_combine_in_their_order_for_the_years_they_share() -> None:
    uplift, limit = find_scenarios(["uplift_1_pct+no_gains_limit"])
    both = combine([uplift, limit])
    assert both.name == "uplift_1_pct+no_gains_limit"
    assert both.changes == (*uplift.changes, *limit.changes)
    assert [str(year) for year in both.years] == ["2022-23", "2023-24"]
    assert find_scenarios(["uplift_1_pct", "no_gains_limit"]) == (uplift, limit)
    with pytest.raises(HnfError, match="no year in common"):
        combine([replace(uplift, years=(FinancialYear(2019),)), limit])
    with pytest.raises(HnfError, match="no scenario was given"):
        combine([])


def test_a_path_may_hold_a_plus_and_a_name_that_ships_stands_before_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_template(tmp_path / "a+b.toml", YEAR)
    (tmp_path / "no_gains_limit").write_text("not a scenario")
    monkeypatch.chdir(tmp_path)
    assert find_scenarios(["a+b.toml"])[0].name == "a+b"
    assert not find_scenarios(["a+b.toml"])[0].is_shipped
    assert find_scenarios(["no_gains_limit"])[0].is_shipped
