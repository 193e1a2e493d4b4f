"""The published numbers, read once."""

import pytest
from published_tables import Published


@pytest.fixture(scope="session")
def published() -> Published:
    """Every published number, read without hnf."""
    return Published()
