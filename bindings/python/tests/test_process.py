"""Class L where a whole process is concerned: its end, forks, other interpreters; and how it is imported."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

AT_MOST_S = 60


def python(source: str, org: SimulatedOrg | None = None, **environment: str) -> str:
    """Runs a program in a process of its own, which must end well and say nothing on standard error."""
    if org is not None:
        environment["SETTINGS"] = repr(org.client_settings())
    prelude = "import os, sys\nsettings = eval(os.environ.get('SETTINGS', '{}'))\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", prelude + textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=AT_MOST_S,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stderr == ""
    return done.stdout


def test_l14_interpreter_ends_with_flows_in_flight(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=20_000, times=100)
    python(
        """
        import threading, time, headlessid
        client = headlessid.Client(**settings)
        def visit():
            try:
                client.guest()
            except headlessid.StateError as error:
                assert error.reason == "closed"
        for _ in range(20):
            threading.Thread(target=visit, daemon=True).start()
        while client.in_flight < 20:
            time.sleep(0.01)
        """,
        org,
    )


def test_l14_daemon_threads_at_work(org: SimulatedOrg) -> None:
    for _ in range(5):
        python(
            """
            import threading, time, headlessid
            client = headlessid.Client(**settings)
            def visit():
                while True:
                    try:
                        client.guest()
                    except headlessid.HeadlessIdError:
                        time.sleep(0.001)
            for _ in range(6):
                threading.Thread(target=visit, daemon=True).start()
            time.sleep(0.1)
            """,
            org,
        )


def test_l14_daemon_threads_in_the_step_loop() -> None:
    python(
        """
        import threading, time, headlessid
        app = headlessid.App(site="https://acme.my.site.com/shop", client_id="x", redirect_uri="https://app.example.com/cb")
        def loop():
            while True:
                with headlessid.Flow(app, "login", {"username": "a", "password": "b"}) as flow:
                    flow.next()
        for _ in range(6):
            threading.Thread(target=loop, daemon=True).start()
        time.sleep(0.2)
        """
    )


def test_l14_asyncio_ends_with_flows_in_flight(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=20_000, times=100)
    python(
        """
        import asyncio, headlessid
        client = headlessid.AsyncClient(**settings)
        async def main():
            tasks = [asyncio.ensure_future(client.guest()) for _ in range(20)]
            await asyncio.sleep(0.2)
            assert client.in_flight == 20
        asyncio.run(main())
        """,
        org,
    )


def test_l14_clients_in_globals_cycles_and_weak_references(org: SimulatedOrg) -> None:
    python(
        """
        import warnings, weakref, headlessid
        warnings.simplefilter("ignore", ResourceWarning)
        kept = headlessid.Client(**settings)
        seen = weakref.ref(kept)
        cycle = []
        cycle.append((cycle, headlessid.Client(**settings)))
        flow = headlessid.Flow(kept.app, "guest")
        watched = weakref.WeakKeyDictionary({kept: 1})
        assert kept.guest().uvid
        headlessid.self = kept
        """,
        org,
    )


def test_l15_child_of_a_fork(org: SimulatedOrg) -> None:
    python(
        """
        import asyncio, headlessid
        client = headlessid.Client(**settings)
        twin = headlessid.AsyncClient(**settings)
        flow = headlessid.Flow(client.app, "guest")
        guest = client.guest()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                for use in (client.guest, lambda: client.run(flow), lambda: asyncio.run(twin.guest())):
                    try:
                        use()
                    except headlessid.StateError as error:
                        assert "fork" in str(error), str(error)
                    else:
                        raise AssertionError("the child used its parent's client")
                client.close()
                with headlessid.Client.for_app(client.app) as own:
                    assert own.guest().uvid != guest.uvid
                flow.close()
                del client
                status = 0
            except BaseException:
                import traceback
                traceback.print_exc()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        assert client.guest().uvid
        client.close()
        async def close():
            assert (await twin.guest()).uvid
            await twin.close()
        asyncio.run(close())
        """,
        org,
    )


def test_l15_child_of_a_fork_ends_as_usual(org: SimulatedOrg) -> None:
    python(
        """
        import headlessid
        client = headlessid.Client(**settings)
        client.guest()
        child = os.fork()
        if child == 0:
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        assert client.guest().uvid
        client.close()
        """,
        org,
    )


def _visit(settings: dict[str, Any]) -> str | None:
    with headlessid.Client(**settings) as client:
        return client.guest().uvid


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_l15_workers(org: SimulatedOrg, method: str) -> None:
    # In a process of its own: a forkserver stays until its parent ends.
    python(
        f"""
        import multiprocessing
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import headlessid
        from test_process import _visit
        if __name__ == "__main__":
            headlessid.App(**settings)
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                assert len(set(pool.map(_visit, [settings] * 4))) == 4
                pool.close()
                pool.join()
        """,
        org,
    )
    assert multiprocessing.active_children() == []


def test_l16_other_interpreter_in_the_process() -> None:
    said = python(
        """
        import textwrap, headlessid
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        other = interpreters.create()
        reading, writing = os.pipe()
        source = textwrap.dedent('''
            import os
            try:
                import headlessid
                app = headlessid.App(site="https://acme.my.site.com/shop", client_id="x", redirect_uri="https://app.example.com/cb")
                with headlessid.Flow(app, "login", {"username": "a", "password": "b"}) as flow:
                    said = type(flow.next()).__name__
                try:
                    headlessid.App(site="no", client_id="x", redirect_uri="y")
                except headlessid.ArgumentError:
                    pass
            except ImportError as error:
                said = "ImportError: " + str(error)
            os.write(WRITING, said.encode())
        ''').replace("WRITING", str(writing))
        failed = interpreters.run_string(other, source)
        assert not failed, failed
        print(os.read(reading, 1000).decode())
        interpreters.destroy(other)
        app = headlessid.App(site="https://acme.my.site.com/shop", client_id="x", redirect_uri="https://app.example.com/cb")
        headlessid.Flow(app, "guest").close()
        """
    )
    assert said.strip() == "Send" or said.startswith("ImportError: ") and len(said) > 20


def test_l16_second_import() -> None:
    python(
        """
        import importlib, headlessid
        first = headlessid.HeadlessIdError
        importlib.reload(headlessid)
        for name in [name for name in sys.modules if name.startswith("headlessid") and name != "headlessid._native"]:
            del sys.modules[name]
        import headlessid as again
        assert again is not headlessid
        try:
            again.App(site="no", client_id="x", redirect_uri="y")
        except again.ArgumentError:
            pass
        """
    )


def test_l16_free_threading_is_declared() -> None:
    # A build with a global lock has nothing to switch off; the module must also load in one without.
    python(
        """
        import headlessid
        enabled = getattr(sys, "_is_gil_enabled", None)
        import sysconfig
        if enabled is not None and sysconfig.get_config_var("Py_GIL_DISABLED"):
            assert not enabled()
        """
    )


def test_import_starts_nothing_and_loads_little() -> None:
    python(
        """
        before = set(sys.modules)
        threads, descriptors = len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
        import headlessid
        loaded = set(sys.modules) - before
        heavy = {"asyncio", "json", "dataclasses", "inspect", "ssl", "socket", "subprocess", "httpx", "threading"}
        assert not heavy & loaded, heavy & loaded
        assert len(os.listdir("/proc/self/task")) == threads
        assert len(os.listdir("/proc/self/fd")) == descriptors
        for name in headlessid.__all__:
            assert getattr(headlessid, name) is not None
        assert set(headlessid.__all__) <= set(dir(headlessid))
        """
    )


def test_s07_own_ca_replaces_the_systems(org: SimulatedOrg) -> None:
    # The org's certificate is trusted by everything in the environment, and is not in the file that the app names.
    assert org.ca_file is not None
    with SimulatedOrg() as other:
        python(
            f"""
            import headlessid
            settings["ca_file"] = {other.ca_file!r}
            with headlessid.Client(**settings) as client:
                try:
                    client.guest(timeout=5)
                except headlessid.HeadlessIdError as error:
                    assert error.kind == "TRANSPORT", repr(error)
                    assert not error.outcome_unknown
                else:
                    raise AssertionError("the system's store was added")
            """,
            org,
            SSL_CERT_FILE=org.ca_file,
            CURL_CA_BUNDLE=org.ca_file,
            SSL_CERT_DIR=os.path.dirname(org.ca_file),
        )
        assert sum(org.seen().get("requests", {}).values()) == 0


def test_s18_beside_pythons_own_openssl(org: SimulatedOrg) -> None:
    python(
        """
        import hashlib, ssl, urllib.request
        context = ssl.create_default_context(cafile=settings["ca_file"])
        import headlessid
        with headlessid.Client(**settings) as client:
            for _ in range(3):
                assert client.guest().uvid
                hashlib.sha256(b"x").hexdigest()
                try:
                    urllib.request.urlopen(settings["site"] + "/no-such-page", context=context)
                except urllib.error.HTTPError as error:
                    error.close()
        """,
        org,
    )


def test_s19_keys_are_not_logged(org: SimulatedOrg, tmp_path: Path) -> None:
    log = tmp_path / "keys"
    python(
        """
        import headlessid
        with headlessid.Client(**settings) as client:
            client.guest()
        """,
        org,
        SSLKEYLOGFILE=str(log),
    )
    assert not log.exists() or log.read_bytes() == b""
