"""Sessions in one store that processes of several languages use at once, counted at the org.

pytest tests/session_processes      needs redis-server, HEADLESSID_CLI, hlid_session_worker, and the bindings of the workers
HLID_PROOF=1                        the long proofs: `HLID_PROOF=1 ./dev test sessions`
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from processes import (
    AHEAD_MS,
    AT_MOST_S,
    EARLIEST,
    Org,
    Redis,
    Site,
    SqliteFile,
    Store,
    Worker,
    commands,
    lost_at,
    start,
    start_all,
    stop,
)

PROOF = os.environ.get("HLID_PROOF") == "1"
LONG = pytest.mark.skipif(not PROOF, reason="HLID_PROOF=1 runs it")
# What knows the store: the worker in C has SQLite alone.
LANGUAGES = {SqliteFile: list(commands()), Redis: [name for name in commands() if name != "c"]}


def languages_for(store: Store) -> list[str]:
    found = LANGUAGES[type(store)]
    if not found:
        pytest.skip("no language's worker is there")
    return found


def run_to_the_end(workers: Sequence[Worker]) -> None:
    try:
        for worker in workers:
            worker.end()
    finally:
        stop(workers)


def check_needed(site: Site) -> None:
    """One process alone refreshes a token when it is due. What was refreshed before that is more than it would have needed."""
    ages = site.refreshes()["ages_ms"]
    early = [age for age in ages if age < EARLIEST * site.lifetime_s * 1000]
    print(f"{len(ages)} refreshes, {len(early)} of them early: {early[:10]}")
    assert ages and len(early) <= 0.05 * len(ages), (len(ages), early)


def check_calm(site: Site, workers: Sequence[Worker]) -> None:
    for worker in workers:
        assert worker.failures == [] and worker.result["failed"] == 0, (worker.language, worker.failures[:3])
    site.check_no_second_use()
    check_needed(site)
    # Callers that wait for one refresh may all be told of it.
    refreshed = sum(worker.result["refreshed"] for worker in workers)
    assert refreshed >= site.refreshes()["done"], "a refresh that no worker knows of"


def crowd(site: Site, store: Store, keys: Sequence[str], languages: Sequence[str], **how: Any) -> list[Worker]:
    given = site.given(store.address, keys, **how)
    return start_all([(language, {**given, "seed": seed}) for seed, language in enumerate(languages)])


# ---- nothing fails ----


def test_processes_of_all_languages_share_the_refreshes_of_their_sessions(org: Org, store: Store) -> None:
    site = Site(org, lifetime_s=2)
    keys = [f"user-{number}" for number in range(6)]
    languages = languages_for(store)
    site.begin(store, keys)
    workers = crowd(site, store, keys, (languages * 4)[: max(4, len(languages))], calls=600, threads=4, pause_ms=[0, 40])
    run_to_the_end(workers)
    check_calm(site, workers)
    site.check_no_secret(store)


@LONG
@pytest.mark.parametrize("language", commands())
def test_four_processes_of_a_language_get_20_000_tokens(org: Org, store: Store, language: str) -> None:
    if language not in languages_for(store):
        pytest.skip("this worker does not know the store")
    site = Site(org, lifetime_s=2)
    keys = [f"user-{number}" for number in range(16)]
    site.begin(store, keys)
    workers = crowd(site, store, keys, [language] * 4, calls=5000, threads=4, pause_ms=[0, 30])
    run_to_the_end(workers)
    check_calm(site, workers)


def refresh_at_expiry(site: Site, store: Store, language: str, rounds: int) -> None:
    keys = [f"round-{number}" for number in range(rounds)]
    site.live_for(1)
    site.begin(store, keys)
    site.live_for(3600)
    time.sleep(1.1)
    before = site.refreshes()["done"]
    for number, key in enumerate(keys):
        worker = start(language, site.given(store.address, [key], calls=64, threads=64, pause_ms=[0, 0], seed=number))
        run_to_the_end([worker])
        assert worker.failures == [] and worker.result["refreshed"] >= 1, (number, worker.lines[-3:])
    assert site.refreshes()["done"] - before == rounds
    site.check_no_second_use()


@pytest.mark.parametrize("language", commands())
def test_64_threads_at_the_end_of_a_token_refresh_it_once(org: Org, store: Store, language: str) -> None:
    if language not in languages_for(store):
        pytest.skip("this worker does not know the store")
    if not PROOF and (language == "c") != isinstance(store, SqliteFile):
        pytest.skip("one store of each language will do")
    refresh_at_expiry(Site(org, lifetime_s=1), store, language, 1)


@LONG
@pytest.mark.parametrize("language", commands())
def test_none_of_a_thousand_runs_of_64_threads_stands_still(org: Org, store: Store, language: str) -> None:
    if language not in languages_for(store):
        pytest.skip("this worker does not know the store")
    # A process of the others begins slowly, so they are fewer; in all there are a thousand and more.
    refresh_at_expiry(Site(org, lifetime_s=1), store, language, 1000 if language == "c" else 40)


# ---- everything fails ----


def at_random(chance: random.Random, site: Site, store: Store) -> contextlib.AbstractContextManager[Any]:
    """Something that breaks, for as long as the context lasts."""
    faults: list[Any] = [
        lambda: site.fail(endpoint="token", status=503, times=chance.randint(1, 5)),
        lambda: site.fail(endpoint="token", status=429, retry_after=1, times=chance.randint(1, 5)),
        lambda: site.fail(endpoint="token", delay_ms=chance.randint(100, 1000), times=chance.randint(1, 5)),
    ]
    if isinstance(store, Redis):
        faults += [lambda: store.command("CLIENT", "KILL", "TYPE", "normal"), store.frozen, lambda: restart(store)]
    else:
        faults.append(lambda: locked(store))
    found = chance.choice(faults)()
    return found if isinstance(found, contextlib.AbstractContextManager) else contextlib.nullcontext()


def restart(redis: Redis) -> None:
    redis.stop(signal.SIGKILL)
    redis.start()


@contextlib.contextmanager
def locked(store: Store) -> Any:
    assert isinstance(store, SqliteFile)
    with contextlib.closing(sqlite3.connect(store.path, timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


class Chaos:
    """Workers that are killed and begun again while the org and the store fail."""

    # Longer than any delay here and a busy machine: a response that does not come is a loss, by no kill.
    TIMEOUT_MS = 5000

    def __init__(self, site: Site, store: Store, keys: Sequence[str], seed: int) -> None:
        self.site, self.store, self.keys = site, store, list(keys)
        self.random = random.Random(seed)
        site.settings |= {"timeout_ms": self.TIMEOUT_MS}
        self.workers: list[Worker] = []
        self.running: list[tuple[Worker, str, int]] = []
        self.killed_at: list[float] = []

    def start(self, language: str, clock_offset_ms: int) -> None:
        seed = self.random.randint(1, 1000)
        given = self.site.given(self.store.address, self.keys, calls=300, threads=4, pause_ms=[0, 40], seed=seed)
        worker = start(language, given, clock_offset_ms)
        self.workers.append(worker)
        self.running.append((worker, language, clock_offset_ms))

    def run(self, languages: Sequence[str], offsets_ms: Sequence[int], seconds: float) -> None:
        try:
            for language, offset in zip(languages, offsets_ms):
                self.start(language, offset)
            for worker, _, _ in self.running:
                assert worker.ready.wait(AT_MOST_S)
            until = time.monotonic() + seconds
            self.kill_one()
            while time.monotonic() < until:
                self.break_something()
            for worker, _, _ in self.running:
                worker.end()
        finally:
            stop(self.workers)

    def break_something(self) -> None:
        if self.random.random() < 0.4:
            self.kill_one()
        else:
            with at_random(self.random, self.site, self.store):
                time.sleep(self.random.uniform(0.1, 1.0))
        for ended in [each for each in self.running if each[0].process.poll() is not None]:
            self.running.remove(ended)
            ended[0].end()
            self.start(*ended[1:])
        time.sleep(self.random.uniform(0.05, 0.4))

    def kill_one(self) -> None:
        worker, language, offset = self.running.pop(self.random.randrange(len(self.running)))
        if worker.process.poll() is None:
            self.killed_at.append(worker.kill())
        else:
            worker.end()
        self.start(language, offset)

    def check(self, language: str, folder: Path) -> None:
        failures = [failure for worker in self.workers for failure in worker.failures]
        said_lost = {failure["key"] for failure in failures if failure["advice"] == "SIGN_IN_AGAIN"}
        reasons: dict[str, int] = {}
        for failure in failures:
            reasons[failure["failure"]] = reasons.get(failure["failure"], 0) + 1
        wrong = [each for each in failures if each["advice"] == "SIGN_IN_AGAIN" and each["failure"] != "rotation_lost"]
        assert not wrong, (self.site.refreshes(), wrong)
        self.site.check_no_second_use()
        lost = self.lost_now(language)
        print(f"{len(self.killed_at)} kills, {len(lost)} of {len(self.keys)} sessions lost, failures: {reasons}")
        assert said_lost <= lost, "a session that was said to be lost works"
        for key in lost:
            self.explain(key, folder)

    def lost_now(self, language: str) -> set[str]:
        """All is well again: each session is refreshed, once the locks of the dead are over, or says rotation_lost. By a process
        whose clock is ahead of all others': for it every token is due."""
        lost: set[str] = set()
        waiting = set(self.keys)
        until = time.monotonic() + 60
        while waiting:
            assert time.monotonic() < until, f"these do not come back: {waiting}"
            given = self.site.given(
                self.store.address, sorted(waiting), calls=20 * len(waiting), threads=len(waiting), pause_ms=[1, 5]
            )
            worker = start(language, given, AHEAD_MS)
            run_to_the_end([worker])
            failed = {failure["key"]: failure for failure in worker.failures}
            lost |= {key for key, failure in failed.items() if failure["failure"] == "rotation_lost"}
            waiting = {key for key in failed if key not in lost}
        return lost

    def explain(self, key: str, folder: Path) -> None:
        """A process was killed while the refresh token was on its way, at the moment that the error names."""
        event = lost_at(self.site, self.store, key, folder)
        error = event["error"]
        assert error["reason"] == "rotation_lost" and error["advice"] == "SIGN_IN_AGAIN", event
        found = re.search(r"was sent at (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)", error["message"])
        assert found, error
        sent = datetime.fromisoformat(found[1].replace("T", " ")).replace(tzinfo=timezone.utc).timestamp()
        within = self.TIMEOUT_MS / 1000 + 2
        assert any(-1 <= killed - sent - offset <= within for killed in self.killed_at for offset in (0, -60, 60)), (
            sent,
            self.killed_at,
        )


def chaos(
    org: Org, store: Store, folder: Path, languages: Sequence[str], seconds: float, offsets_ms: Sequence[int], seed: int
) -> None:
    site = Site(org, lifetime_s=2)
    keys = [f"user-{number}" for number in range(12)]
    site.begin(store, keys)
    run = Chaos(site, store, keys, seed)
    print(f"seed {seed}")
    run.run(languages, offsets_ms, seconds)
    org.control("settings", {"settings": {"outage": ""}})
    run.check(languages[0], folder)


SEED = int(os.environ.get("HLID_SEED", random.SystemRandom().randint(1, 10**6)))


def test_kills_outages_and_a_store_that_fails_sign_nobody_out(org: Org, store: Store, tmp_path: Path) -> None:
    languages = languages_for(store)
    chaos(org, store, tmp_path, (languages * 4)[: max(3, len(languages))], 4, [0] * 8, SEED)


@LONG
@pytest.mark.parametrize("language", [*commands(), "mixed"])
def test_a_minute_of_kills_and_outages_with_clocks_apart(org: Org, store: Store, language: str, tmp_path: Path) -> None:
    languages = languages_for(store)
    if language != "mixed" and language not in languages:
        pytest.skip("this worker does not know the store")
    chosen = (languages * 4)[:4] if language == "mixed" else [language] * 4
    # Redis has a clock of its own, by which locks end. A file's is that of its machine, which all its processes share.
    offsets_ms = [0, 60_000, -60_000, 0] if isinstance(store, Redis) else [0] * 4
    chaos(org, store, tmp_path, chosen, 60, offsets_ms, SEED)
