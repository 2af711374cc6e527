"""What ./dev package says of newer releases: one source that is down silences no other, and each is asked once a day."""

import lzma
import subprocess
import time
import urllib.error

import pytest

from tools.package import sources, updates

MIRROR = "http://mirror.example/debian"
MAIN = f"{MIRROR}/dists/trixie/main/source/Sources.xz"
SECURITY = f"{MIRROR}-security/dists/trixie-security/main/source/Sources.xz"
PIN = {"version": "3.5.7", "debian": {"suite": "trixie", "source": "openssl", "line": "3.5"}}


def listed(version: str) -> bytes:
    return lzma.compress(f"Package: openssl\nBinary: openssl\nVersion: {version}\nDirectory: pool\n\n".encode())


class World:
    """The sources, each with its answer or its fault."""

    def __init__(self):
        self.crates = []
        self.debian = {MAIN: listed("3.5.7-1"), SECURITY: listed("3.5.7-1~deb13u1")}
        self.asked = []
        self.said = []

    def newer_crates(self):
        self.asked.append("crates")
        if isinstance(self.crates, Exception):
            raise self.crates
        return self.crates

    def urlopen(self, url, timeout):
        self.asked.append(url)
        answer = self.debian[url]
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer)

    def run(self):
        self.asked.clear()
        self.said.clear()
        updates.warn()
        return "\n".join(self.said)


class Answer:
    def __init__(self, content):
        self.content = content

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def read(self):
        return self.content


@pytest.fixture
def world(monkeypatch, tmp_path):
    made = World()
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("HLID_DEBIAN_MIRROR", MIRROR)
    monkeypatch.setattr(updates, "STAMP", tmp_path / "package" / "updates.json")
    monkeypatch.setattr(updates, "say", made.said.append)
    monkeypatch.setattr(updates, "newer_crates", made.newer_crates)
    monkeypatch.setattr(updates.urllib.request, "urlopen", made.urlopen)
    monkeypatch.setattr(sources, "TARBALLS", {"openssl": PIN})
    return made


def test_nothing_new_is_not_mentioned_and_nobody_is_asked_twice(world):
    assert world.run() == ""
    assert world.asked == ["crates", MAIN, SECURITY]
    assert world.run() == ""
    assert world.asked == []


@pytest.mark.parametrize(
    "fault",
    [
        urllib.error.URLError("refused"),
        TimeoutError("timed out"),
        updates.http.client.IncompleteRead(b""),
        lzma.LZMAError("not a list"),
    ],
)
def test_a_release_is_said_though_debian_is_down(world, fault):
    world.crates = ["the crate curl-sys 9 (pinned: 8)"]
    world.debian = {MAIN: fault, SECURITY: fault}
    said = world.run()
    assert "newer release: the crate curl-sys 9" in said
    assert f"{MAIN} could not be asked" in said and f"{SECURITY} could not be asked" in said


def test_debian_is_asked_though_the_crates_time_out(world):
    world.crates = subprocess.TimeoutExpired("cargo", 60)
    world.debian[SECURITY] = listed("3.5.8-1~deb13u1")
    said = world.run()
    assert "the registry of crates could not be asked whether there are newer releases: no response within 60 seconds" in said
    assert "newer release: openssl 3.5.8 (pinned: 3.5.7)" in said


def test_what_the_security_team_has_is_found_and_said_once(world):
    world.debian[SECURITY] = listed("3.5.8-1~deb13u1")
    assert "openssl 3.5.8" in world.run()
    world.debian[MAIN] = listed("3.5.8-1")
    updates.STAMP.unlink()
    assert world.run().count("openssl 3.5.8") == 1


def test_a_release_is_said_each_time_and_asked_for_once_a_day(world, monkeypatch):
    world.crates = ["the crate curl-sys 9 (pinned: 8)"]
    first = world.run()
    assert "curl-sys 9" in first
    assert world.run() == first
    assert world.asked == []
    later = time.time() + updates.DAY_S + 1
    monkeypatch.setattr(updates.time, "time", lambda: later)
    assert world.run() == first
    assert world.asked == ["crates", MAIN, SECURITY]


def test_only_what_could_not_be_asked_is_asked_again(world):
    world.debian[SECURITY] = urllib.error.URLError("refused")
    world.run()
    world.debian[SECURITY] = listed("3.5.8-1~deb13u1")
    assert "openssl 3.5.8" in world.run()
    assert world.asked == [SECURITY]


def test_a_new_pin_is_asked_about_at_once(world, monkeypatch):
    world.debian[SECURITY] = listed("3.5.8-1~deb13u1")
    assert "openssl 3.5.8" in world.run()
    monkeypatch.setattr(sources, "TARBALLS", {"openssl": {**PIN, "version": "3.5.8"}})
    assert world.run() == ""


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"pins": 1, "answers": 2}'])
def test_a_broken_stamp_is_none(world, kept):
    updates.STAMP.parent.mkdir()
    updates.STAMP.write_text(kept)
    world.run()
    assert world.asked == ["crates", MAIN, SECURITY]


def test_ci_asks_nobody(world, monkeypatch):
    monkeypatch.setenv("CI", "true")
    world.run()
    assert world.asked == []
