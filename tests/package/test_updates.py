"""What ./dev package says of newer releases: one source that is down silences no other, and each is asked once a day."""

import json
import lzma
import re
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
        self.wheels = []
        self.debian = {MAIN: listed("3.5.7-1"), SECURITY: listed("3.5.7-1~deb13u1")}
        self.asked = []
        self.said = []

    def newer_crates(self):
        self.asked.append("crates")
        if isinstance(self.crates, Exception):
            raise self.crates
        return self.crates

    def newer_wheels(self):
        self.asked.append("PyPI")
        return self.wheels

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
    monkeypatch.setattr(updates, "newer_wheels", made.newer_wheels)
    monkeypatch.setattr(updates.urllib.request, "urlopen", made.urlopen)
    monkeypatch.setattr(sources, "LIBRARIES", {"openssl": PIN})
    return made


def release(version: str, yanked: bool = False) -> bytes:
    return json.dumps({"name": "curl-sys", "vers": version, "yanked": yanked}).encode()


@pytest.mark.parametrize(
    ("pinned", "released", "newest"),
    [
        ("0.4.91+curl-8.22.0", ["0.4.9+curl-8.1.0", "0.4.91+curl-8.22.0"], None),
        ("0.4.91+curl-8.22.0", ["0.4.100+curl-8.23.0", "0.4.91+curl-8.22.0", "0.4.92+curl-8.22.1"], "0.4.100+curl-8.23.0"),
        ("0.4.91+curl-8.22.0", ["0.4.91+curl-8.22.0", "0.5.0+curl-9.0.0"], "0.5.0+curl-9.0.0"),
        ("0.4.0-alpha.2", ["0.3.9", "0.4.0-alpha.2", "0.4.0-alpha.3"], None),
        ("0.4.0-alpha.2", ["0.4.0-alpha.2", "0.4.0"], "0.4.0"),
    ],
)
def test_the_registry_is_read_release_by_release(monkeypatch, pinned, released, newest):
    lines = b"\n".join([*map(release, released), release("9.9.9", yanked=True)])
    asked = []
    monkeypatch.setattr(sources, "LIBRARIES", {"curl": {"crate": "curl-sys", "version": pinned}, "openssl": PIN})
    monkeypatch.setattr(updates.urllib.request, "urlopen", lambda url, timeout: asked.append(url) or Answer(lines))
    found = updates.newer_crates()
    assert found == ([f"the crate curl-sys {newest} (pinned: {pinned})"] if newest else [])
    assert asked == ["https://index.crates.io/cu/rl/curl-sys"]


@pytest.mark.parametrize("is_newer", [False, True])
def test_pypi_is_asked_for_the_patches_of_the_pinned_lines(monkeypatch, is_newer):
    asked = []

    def urlopen(request, timeout):
        asked.append(request.full_url)
        pins = {"ziglang": (updates.PINS / "zig-requirements.txt"), "pybind11": (updates.PINS / "python-requirements.txt")}
        name = request.full_url.split("/")[-2]
        pinned = re.search(rf"(?m)^{name}==([0-9.]+)", pins[name].read_text())[1]
        line = ".".join(pinned.split(".")[:2])
        versions = [f"{line}.0.dev1", "99.0.0", pinned, f"{line}.1000" if is_newer else f"{line}.0"]
        return Answer(json.dumps({"versions": versions}).encode())

    monkeypatch.setattr(updates.urllib.request, "urlopen", urlopen)
    found = updates.newer_wheels()
    assert [name.split()[0] for name in found] == (["ziglang", "pybind11"] if is_newer else [])
    assert asked == ["https://pypi.org/simple/ziglang/", "https://pypi.org/simple/pybind11/"]


def test_nothing_new_is_not_mentioned_and_nobody_is_asked_twice(world):
    assert world.run() == ""
    assert world.asked == ["crates", "PyPI", MAIN, SECURITY]
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
    world.crates = TimeoutError("timed out")
    world.debian[SECURITY] = listed("3.5.8-1~deb13u1")
    said = world.run()
    assert "the registry of crates could not be asked whether there are newer releases: timed out" in said
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
    assert world.asked == ["crates", "PyPI", MAIN, SECURITY]


def test_only_what_could_not_be_asked_is_asked_again(world):
    world.debian[SECURITY] = urllib.error.URLError("refused")
    world.run()
    world.debian[SECURITY] = listed("3.5.8-1~deb13u1")
    assert "openssl 3.5.8" in world.run()
    assert world.asked == [SECURITY]


def test_a_new_pin_is_asked_about_at_once(world, monkeypatch):
    world.debian[SECURITY] = listed("3.5.8-1~deb13u1")
    assert "openssl 3.5.8" in world.run()
    monkeypatch.setattr(sources, "LIBRARIES", {"openssl": {**PIN, "version": "3.5.8"}})
    assert world.run() == ""


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"pins": 1, "answers": 2}'])
def test_a_broken_stamp_is_none(world, kept):
    updates.STAMP.parent.mkdir()
    updates.STAMP.write_text(kept)
    world.run()
    assert world.asked == ["crates", "PyPI", MAIN, SECURITY]


def test_ci_asks_nobody(world, monkeypatch):
    monkeypatch.setenv("CI", "true")
    world.run()
    assert world.asked == []
