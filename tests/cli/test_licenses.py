"""`headlessid licenses`, of a command that was built from source. What a package's prints is in tests/package/test_shell.py."""

from __future__ import annotations

from pathlib import Path

from support import run

LICENSE = (Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")


def test_it_prints_its_own_licence_and_says_that_nothing_else_is_inside() -> None:
    done = run("licenses")
    assert (done.status, done.err) == (0, "")
    head, inside, rest = done.out.partition(LICENSE)
    assert head.startswith("headlessid ") and "Copyright The headlessid authors" in head
    assert inside
    assert "linked with the libraries of its system" in rest
    assert "\0" not in done.out


def test_it_accepts_nothing_and_other_spellings_lead_to_it() -> None:
    assert run("licenses", "openssl").status == 2
    assert run("licenses", "--help").out == "usage: headlessid licenses\n"
    for spelling in ("license", "licence", "licences", "notices"):
        done = run(spelling)
        assert done.status == 2 and "Did you mean licenses?" in done.err
