"""`hnf trace`: a figure back to its cells."""

from __future__ import annotations

from typing import Annotated

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed

_Id = Annotated[str, options.argument("ID", help="Figure id, as in a pack or a JSON answer.")]
_SHOWN = 10


def command(
    figure_id: _Id, data: options.Data = None, edition: options.Edition = None, output: options.Format = "table"
) -> None:
    """Follow one figure back to publisher, file, sheet, cell and hash.

    A derived figure is computed again, and every published cell it rests on is listed (the first ten in the table,
    all with --format json or csv).

    Examples
    --------
    hnf trace dsg:2023-24:2023-07-20:919:total_before_deductions
    hnf trace rate:2023-24:nff:pupil:919
    hnf trace gap:2023-24:block:pupil:average:919 --format json
    """
    from hnf.analysis.trace import trace

    found = trace(options.open_store(data, edition), figure_id)
    cells = [traced.to_json() for traced in found.cells]
    figure = found.figure
    notes = [figure.label, f"Value: {figure.value if figure.value is not None else figure.status} ({figure.unit})"]
    if figure.derivation:
        notes.append(f"Derived: {figure.derivation}")
    if len(cells) > _SHOWN:
        notes.append(f"{len(cells) - _SHOWN} more cells: see --format json or csv.")
    for source in {traced.source.id: traced.source for traced in found.cells}.values():
        notes.append(
            f"{source.id}: {source.publisher}, {source.title}, published {source.published}. "
            f"File {source.path}, sha256 {source.sha256}. {source.page}"
        )
    table = TableView(
        title=f"{figure.id}: {figure.basis}",
        columns=headed(
            label="Published figure", printed=("As printed", "number"), source="Source", sheet="Sheet", cell="Cell"
        ),
        rows=cells[:_SHOWN],
        notes=notes,
    )
    emit(found, output, table=table)
