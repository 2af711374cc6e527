from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from processes import Org, Redis, SqliteFile, Store, commands, what_is_missing


@pytest.fixture(scope="session")
def org() -> Iterator[Org]:
    org = Org(tls=False)
    yield org
    assert org.stop() == 0


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        yield SqliteFile(tmp_path / "sessions.db")
        return
    redis = Redis(tmp_path)
    yield redis
    redis.stop()


def pytest_report_header() -> str:
    missing = [what_is_missing(language) for language in commands()]
    return "\n".join([f"session workers: {' '.join(commands())}", *(line for line in missing if line is not None)])
