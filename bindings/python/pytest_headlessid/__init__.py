"""Fixtures that pytest finds by itself where headlessid is installed.

    def test_login(simulated_org):
        with headlessid.Client(**simulated_org.client_settings()) as client:
            lena = simulated_org.users[0]
            assert client.login(username=lena.username, password=lena.password).access_token

A separate module that imports headlessid only when a test asks for it: pytest imports every plugin of the environment,
whatever it tests.
"""

from __future__ import annotations

import typing

import pytest

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

    from headlessid.testing import SimulatedOrg


@pytest.fixture(scope="session")
def simulated_org_options() -> dict[str, typing.Any]:
    """The keyword arguments of SimulatedOrg: override it in a conftest.py to change the org, options={...} for example."""
    return {}


@pytest.fixture(scope="session")
def running_simulated_org(simulated_org_options: dict[str, typing.Any]) -> Iterator[SimulatedOrg]:
    """One org for the whole run; starting it takes about half a second."""
    from headlessid.testing import SimulatedOrg

    with SimulatedOrg(**simulated_org_options) as org:
        yield org


@pytest.fixture
def simulated_org(running_simulated_org: SimulatedOrg) -> SimulatedOrg:
    """The simulated org, reset before each test: without sessions, messages and changes, its clock at the start."""
    running_simulated_org.reset()
    return running_simulated_org
