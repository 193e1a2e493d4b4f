"""Writes the page about the tidy tables from their declaration: `python docs/render_tables.py > docs/tables.md`."""

from __future__ import annotations

from hnf.tables.schema import (
    DSG_TERMS,
    REPORTED_MEASURES,
    RETURN_SYMBOLS,
    SEN2_ITEMS,
    SYMBOLS,
    TABLES,
    Field,
    TableSpec,
    reported_label,
)

_OPENING = """\
# Tables

The tidy tables under `data/tidy/`: CSV, UTF-8, sorted by key, one fact a row. This page is written from
`hnf/tables/schema.py` by `python docs/render_tables.py > docs/tables.md`; the same declaration checks every table
before it is used. Text is never missing (nothing is an empty string); a number is missing exactly where `status` holds
the symbol printed in its place.

"""

#: Values that have words, in a table after the columns.
_LISTED = {tuple(items) for items in SEN2_ITEMS.values()}


def describe_tables() -> str:
    """Return the page as Markdown."""
    symbols = {**SYMBOLS, **RETURN_SYMBOLS}
    parts = [_OPENING, _listing("Terms of the high needs block", DSG_TERMS), _listing("Symbols", symbols)]
    parts.append(_listing("Measures of reported figures", {name: reported_label(name) for name in REPORTED_MEASURES}))
    return "".join(parts) + "\n".join(_table(spec) for spec in TABLES.values())


def _listing(title: str, meanings: dict[str, str]) -> str:
    lines = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in meanings.items())
    return f"## {title}\n\n| name | meaning |\n|---|---|\n{lines}\n"


def _table(spec: TableSpec) -> str:
    rows = "".join(
        f"| `{field.name}` | {field.type} | {field.meaning}{_unit(field)} | {_rules(field)} |\n"
        for field in spec.fields
    )
    key = ", ".join(f"`{name}`" for name in spec.key)
    heading = "| column | type | meaning | rules |\n|---|---|---|---|\n"
    also = f" Unique together: {', '.join(f'`{name}`' for name in spec.unique)}." if spec.unique else ""
    items = SEN2_ITEMS.get(spec.name, {})
    listed = "".join(f"| `{item}` | {words} |\n" for item, words in items.items())
    listed = f"\n| item | meaning |\n|---|---|\n{listed}" if items else ""
    return f"## {spec.name}\n\n{spec.meaning}. Key: {key}.{also}\n\n{heading}{rows}{listed}"


def _unit(field: Field) -> str:
    return f" ({field.unit})" if field.unit else ""


def _rules(field: Field) -> str:
    rules = ["always there"] if field.required else []
    if field.pattern:
        rules.append(f"`{field.pattern}`".replace("|", "\\|"))
    if field.name == "item" and field.values in _LISTED:
        rules.append("one of the items below")
    elif field.values:
        rules.append("one of " + ", ".join(f"`{value}`" for value in field.values))
    if field.minimum is not None:
        rules.append(f"at least {field.minimum:g}")
    return "; ".join(rules)


if __name__ == "__main__":
    print(describe_tables(), end="")
