"""How the figures of a pack were made, in a few sentences, and where the whole method stands."""

from __future__ import annotations

from hnf.analysis.series_breaks import statements_until
from hnf.reporting.content import Section
from hnf.reporting.sentences import plain
from hnf.reporting.subject import Subject


def method_section(subject: Subject) -> Section:
    """Say how the figures were made and how each can be checked."""
    until = statements_until()
    lines = [
        "Every figure is a cell of a published file or arithmetic on such cells. Its id, given here or in the "
        "workbook, leads back to file, sheet and cell with the command hnf trace.",
        f"Growth of need is counted from January to January: statements of SEN and EHC plans until {until}, EHC plans "
        f"from {until + 1}. Where boundaries changed, the whole area is compared, or nothing is.",
    ]
    if subject.spec:
        lines.append(
            f"The allocation of {subject.spec.year} is divided by people aged 2 to 18 in the middle of the year when "
            "it starts, by pupils in the schools block, or by the EHC plans of the January before. The average is "
            "England's rate: all the money divided by all the heads, pupils or plans."
        )
    return Section("method", "How the figures were made", tuple(plain(line) for line in lines))
