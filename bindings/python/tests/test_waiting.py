"""Classes L and N where something is waited for: interrupts, cancellation, time limits, closing."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

LATE_MS = 20_000


def interrupt_after(seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_l13_ctrl_c_in_a_wait(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    org.fail("authorize", delay_ms=LATE_MS)
    with headlessid.Client(**org.client_settings()) as client:
        timer = interrupt_after(0.3)
        with within(10), pytest.raises(KeyboardInterrupt):
            client.guest()
        timer.join()
        assert client.in_flight == 0
        org.reset()
        assert client.guest().uvid


def test_l13_ctrl_c_while_a_flow_object_runs(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    org.fail("authorize", delay_ms=LATE_MS)
    with headlessid.Client(**org.client_settings()) as client, headlessid.Flow(client.app, "guest") as flow:
        timer = interrupt_after(0.3)
        with within(10), pytest.raises(KeyboardInterrupt):
            client.run(flow)
        timer.join()
        failed = flow.next()
        assert isinstance(failed, headlessid.Failed) and failed.error.is_cancelled
        assert client.in_flight == 0


def test_l13_ctrl_c_in_a_verify(org: SimulatedOrg) -> None:
    keys = {"k1": bytes(32)}
    with headlessid.Client(**org.client_settings(), seal_keys=keys) as client:
        challenge = client.passwordless_login(username="carla@example.com", verification_method="email")
        ticket = challenge.seal()
        org.fail("authorize", delay_ms=LATE_MS)

        def interrupt() -> None:
            while client.in_flight == 0:
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)

        other = threading.Thread(target=interrupt)
        with pytest.raises(KeyboardInterrupt):
            other.start()
            challenge.verify("000000")
        other.join()
        assert challenge.asks is None
        assert client.in_flight == 0
        with pytest.raises(headlessid.StateError):
            challenge.verify("000000")
        # The ticket is as good as it was.
        assert client.resume(ticket).asks == "otp"


def test_l13_signal_that_raises_nothing(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=500)
    handled = []
    before = signal.signal(signal.SIGINT, lambda *_: handled.append(True))
    try:
        with headlessid.Client(**org.client_settings()) as client:
            timer = interrupt_after(0.1)
            assert client.guest().uvid
            timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert handled == [True]


def test_l13_task_is_cancelled(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            await client.guest()
            org.fail("authorize", delay_ms=LATE_MS)
            task = asyncio.create_task(client.guest())
            await asyncio.sleep(0.1)
            assert client.in_flight == 1
            task.cancel()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            for _ in range(100):
                if client.in_flight == 0:
                    break
                await asyncio.sleep(0.01)
            assert client.in_flight == 0
            org.reset()
            assert (await client.guest()).uvid

    with within(10):
        asyncio.run(story())


def test_l13_wait_for(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    org.fail("authorize", delay_ms=LATE_MS)

    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.guest(), 0.2)

    with within(10):
        asyncio.run(story())


def test_l13_loop_is_closed_with_a_flow_in_flight(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    org.fail("authorize", delay_ms=LATE_MS)
    client = headlessid.AsyncClient(**org.client_settings())
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.guest())
    loop.run_until_complete(asyncio.sleep(0.1))
    assert client.in_flight == 1
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    org.reset()

    async def again() -> None:
        async with client:
            assert (await client.guest()).uvid

    with within(10):
        asyncio.run(again())


def test_l13_time_limit_of_a_call(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    org.fail("authorize", delay_ms=LATE_MS, times=2)
    with headlessid.Client(**org.client_settings()) as client:
        with within(10), pytest.raises(headlessid.HeadlessIdError) as late:
            client.guest(timeout=0.3)
        assert late.value.is_timeout
        assert late.value.kind == "TRANSPORT"

    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            with pytest.raises(headlessid.HeadlessIdError) as late:
                await client.guest(timeout=0.3)
            assert late.value.is_timeout

    with within(10):
        asyncio.run(story())


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 2**63, 1e300])
def test_n07_time_limits_that_are_none(org: SimulatedOrg, timeout: float) -> None:
    with headlessid.Client(**org.client_settings()) as client:
        with pytest.raises((headlessid.ArgumentError, OverflowError)):
            client.guest(timeout=timeout)
        assert client.in_flight == 0
    assert sum(org.seen().get("requests", {}).values()) == 0


def test_n07_one_millisecond(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    with headlessid.Client(**org.client_settings()) as client, within(10), pytest.raises(headlessid.HeadlessIdError) as late:
        client.guest(timeout=0.0000001)
    assert late.value.is_timeout


def test_n08_cancel_at_every_step(app: headlessid.App) -> None:
    from test_border import login, response_of

    for steps in range(3):
        with login(app) as flow:
            for _ in range(steps):
                send = flow.next()
                assert isinstance(send, headlessid.Send)
                response = response_of(send)
                flow.give_response(response.status, response.headers, response.body)
            flow.cancel()
            flow.cancel()
            for _ in range(2):
                failed = flow.next()
                assert isinstance(failed, headlessid.Failed)
                assert failed.error.is_cancelled
                assert failed.error.kind == "STATE"
            with pytest.raises(headlessid.StateError):
                flow.give_response(200)


def test_n08_cancel_races_the_end(org: SimulatedOrg) -> None:
    async def story() -> tuple[int, int]:
        ended = cancelled = 0
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            await client.guest()
            for at in range(60):
                task = asyncio.create_task(client.guest())
                await asyncio.sleep(at / 60 * 0.012)
                task.cancel()
                try:
                    assert (await task).uvid
                    ended += 1
                except asyncio.CancelledError:
                    cancelled += 1
            while client.in_flight:
                await asyncio.sleep(0.01)
        return ended, cancelled

    ended, cancelled = asyncio.run(story())
    assert ended + cancelled == 60
    assert cancelled > 0


def test_n08_flow_is_busy_while_a_client_runs_it(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=400)
    with headlessid.Client(**org.client_settings()) as client, headlessid.Flow(client.app, "guest") as flow:
        steps: list[headlessid.Step] = []
        other = threading.Thread(target=lambda: steps.append(client.run(flow)))
        other.start()
        while client.in_flight == 0:
            time.sleep(0.001)
        for touch in (flow.next, lambda: client.run(flow), lambda: flow.set("uvid", "x")):
            with pytest.raises(headlessid.StateError) as busy:
                touch()
            assert busy.value.reason == "busy"
        other.join()
        assert isinstance(steps[0], headlessid.Done)


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_n08_flow_is_ended_while_a_client_runs_it(org: SimulatedOrg, how: str, within: Callable[[float], Any]) -> None:
    org.fail("authorize", delay_ms=LATE_MS, times=2)
    ends: list[Any] = []

    def run(client: headlessid.Client, flow: headlessid.Flow) -> None:
        try:
            ends.append(client.run(flow))
        except headlessid.StateError as error:
            ends.append(error)

    with headlessid.Client(**org.client_settings()) as client, headlessid.Flow(client.app, "guest") as flow:
        other = threading.Thread(target=run, args=(client, flow))
        other.start()
        while client.in_flight == 0:
            time.sleep(0.001)
        with within(10):
            if how == "cancel":
                assert flow.cancel()
            else:
                flow.close()
            other.join()
        assert client.in_flight == 0
        if how == "cancel":
            assert isinstance(ends[0], headlessid.Failed) and ends[0].error.is_cancelled
            assert not flow.cancel()
        else:
            assert flow.closed and ends[0].reason == "closed"

    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            flow = headlessid.Flow(client.app, "guest")
            task = asyncio.create_task(client.run(flow))
            while client.in_flight == 0:
                await asyncio.sleep(0.001)
            getattr(flow, how)()
            if how == "cancel":
                failed = await task
                assert isinstance(failed, headlessid.Failed) and failed.error.is_cancelled
            else:
                with pytest.raises(headlessid.StateError) as closed:
                    await task
                assert closed.value.reason == "closed"
            flow.close()

    with within(10):
        asyncio.run(story())


def test_n09_close_with_a_thousand_flows_in_flight(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=LATE_MS, times=2000)
    ends: list[BaseException] = []
    took = 0.0

    async def visit(client: headlessid.AsyncClient) -> None:
        try:
            await client.guest()
        except headlessid.HeadlessIdError as error:
            ends.append(error)

    async def story() -> float:
        client = headlessid.AsyncClient(**org.client_settings())
        tasks = [asyncio.create_task(visit(client)) for _ in range(1000)]
        await asyncio.sleep(0.5)
        assert client.in_flight == 1000
        began = time.monotonic()
        await client.close()
        await asyncio.gather(*tasks)
        assert client.in_flight == 0
        return time.monotonic() - began

    took = asyncio.run(story())
    assert len(ends) == 1000
    assert all(isinstance(end, headlessid.StateError) and end.reason == "closed" for end in ends)
    # Far from the 30 s of the flows' own time; a loaded machine needs more than the usual second.
    assert took < 10


def test_n09_close_while_threads_wait(org: SimulatedOrg, within: Callable[[float], Any]) -> None:
    org.fail("authorize", delay_ms=LATE_MS, times=100)
    client = headlessid.Client(**org.client_settings())
    ends: list[headlessid.HeadlessIdError] = []

    def visit() -> None:
        try:
            client.guest()
        except headlessid.HeadlessIdError as error:
            ends.append(error)

    threads = [threading.Thread(target=visit) for _ in range(20)]
    for thread in threads:
        thread.start()
    while client.in_flight < 20:
        time.sleep(0.001)
    with within(10):
        client.close()
        for thread in threads:
            thread.join()
    client.close()
    assert [end.reason for end in ends] == ["closed"] * 20
    with pytest.raises(headlessid.StateError):
        client.guest()


def test_closed_clients_refuse(org: SimulatedOrg) -> None:
    client = headlessid.AsyncClient(**org.client_settings())

    async def story() -> None:
        await client.close()
        with pytest.raises(headlessid.StateError):
            await client.guest()

    asyncio.run(story())


def test_unclosed_client_is_reported(org: SimulatedOrg) -> None:
    with pytest.warns(ResourceWarning, match="unclosed <Client"):
        client = headlessid.Client(**org.client_settings())
        del client

    async def forget() -> None:
        client = headlessid.AsyncClient(**org.client_settings())
        await client.guest()
        with pytest.warns(ResourceWarning, match="unclosed <AsyncClient"):
            del client
        # The descriptor's number is free again: another client must be able to have it.
        await asyncio.sleep(0)
        async with headlessid.AsyncClient(**org.client_settings()) as another:
            await another.guest()

    asyncio.run(forget())
