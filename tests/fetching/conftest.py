"""A publisher on loopback, and a client that asks it without waiting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures.publisher_server import Publisher

from hnf.fetch.web import Limits, Web


@pytest.fixture(scope="session")
def server() -> Iterator[Publisher]:
    started = Publisher()
    yield started
    started.close()


@pytest.fixture
def publisher(server: Publisher) -> Publisher:
    """A publisher who knows nothing yet."""
    server.clear()
    return server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client would have waited."""
    return []


@pytest.fixture
def web(publisher: Publisher, waits: list[float]) -> Iterator[Web]:
    limits = Limits(connect_s=2, read_s=2, total_s=5, page_bytes=100_000, file_bytes=300_000)
    with Web(mirror=publisher.mirror, limits=limits, sleep=waits.append, jitter=lambda: 0.0) as client:
        yield client
