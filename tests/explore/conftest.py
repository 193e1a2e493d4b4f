"""The explorer without the package of its charting library, which is in the extra `ci`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures import explorer_page


@pytest.fixture(scope="module")
def stand_in() -> Iterator[None]:
    """Let a stand-in be the charting library."""
    with explorer_page.library(explorer_page.stand_in()):
        yield
