"""Fixtures that pytest finds by itself where headlessid is installed.

    def test_login(simulated_org):
        with headlessid.Client(**simulated_org.client_settings()) as client:
            lena = simulated_org.users[0]
            assert client.login(username=lena.username, password=lena.password).access_token

A module of its own, which loads nothing of headlessid before a test asks for it: pytest imports every plugin of the
environment, whatever is tested.
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
    """One org for the whole run, which takes about half a second to start."""
    from headlessid.testing import SimulatedOrg

    with SimulatedOrg(**simulated_org_options) as org:
        yield org


@pytest.fixture
def simulated_org(running_simulated_org: SimulatedOrg) -> SimulatedOrg:
    """The simulated org, for each test as it was at its start: sessions, messages, its clock and changes are gone."""
    running_simulated_org.reset()
    return running_simulated_org
