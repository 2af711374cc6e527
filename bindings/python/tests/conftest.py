"""One simulated org for the whole run, and a look after each test at what it left behind."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

# Threads that end by themselves (asyncio's resolver, curl's, those of sessions' flows) get this long.
_GONE_WITHIN_S = 5.0


@pytest.fixture(scope="session")
def running_org() -> Iterator[SimulatedOrg]:
    with SimulatedOrg() as org:
        yield org


@pytest.fixture
def org(running_org: SimulatedOrg) -> SimulatedOrg:
    """The simulated org over TLS, as at its start."""
    running_org.reset()
    return running_org


@pytest.fixture(params=["public", "private"])
def settings(request: pytest.FixtureRequest, org: SimulatedOrg) -> dict[str, Any]:
    """The keyword arguments of a client: once without a secret, once with one."""
    return org.client_settings(org.apps[0] if request.param == "public" else org.private_app)


@pytest.fixture
def app() -> headlessid.App:
    """Settings for flows that never reach a network."""
    return headlessid.App(
        site="https://acme.my.site.com/shop",
        client_id="3MVG9Example.ClientId",
        redirect_uri="https://app.example.com/callback",
    )


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))


def _descriptors() -> dict[str, str]:
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
    return found


def _children() -> set[str]:
    return {
        child for task in os.listdir("/proc/self/task") for child in Path(f"/proc/self/task/{task}/children").read_text().split()
    }


@contextlib.contextmanager
def leaving_nothing() -> Iterator[None]:
    """After the block: no thread, descriptor or process more than before."""
    gc.collect()
    threads, descriptors, children = _threads(), _descriptors(), _children()
    yield
    until = time.monotonic() + _GONE_WITHIN_S
    while True:
        # After each wait again: what a thread was the last to hold may be part of a cycle.
        gc.collect()
        left = {name: what for name, what in _descriptors().items() if name not in descriptors}
        if (_threads() <= threads and not left and _children() <= children) or time.monotonic() > until:
            break
        time.sleep(0.01)
    assert _threads() <= threads, "a thread is left"
    assert not left, f"descriptors are left: {left}"
    assert _children() <= children, "a process is left"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Each test is looked at; a module of very many small ones has its own fixture of this name."""
    with leaving_nothing():
        yield


@pytest.fixture
def within() -> Callable[[float], Any]:
    """`with within(seconds):` fails if the block takes longer."""

    class Within:
        def __init__(self, seconds: float) -> None:
            self.seconds = seconds

        def __enter__(self) -> None:
            self.began = time.monotonic()

        def __exit__(self, *_: object) -> None:
            took = time.monotonic() - self.began
            assert took < self.seconds, f"took {took:.2f} s, more than {self.seconds} s"

    return Within
