"""What an app keeps of a guest: Visitor."""

from __future__ import annotations

import json
from typing import Any

import headlessid
import pytest
from headlessid import _values
from headlessid.testing import SimulatedOrg


def test_visitor_is_kept_and_renewed(org: SimulatedOrg) -> None:
    lena = org.users[0]
    with headlessid.Client(**org.client_settings()) as client:
        guest = client.guest()
        visitor = guest.visitor
        assert (visitor.uvid, visitor.access_token) == (guest.uvid, guest.access_token)
        assert visitor.renew_at_ms == guest.renew_at_ms
        assert headlessid.Guest.from_json(guest.to_json()).visitor == visitor
        assert guest.issued_at_ms is not None and visitor.renew_at_ms is not None
        assert not visitor.is_due(guest.issued_at_ms)
        assert visitor.is_due(visitor.renew_at_ms)
        kept = headlessid.Visitor.from_json(visitor.to_json())
        assert kept == visitor
        with headlessid.Flow(client.app, "guest", {"guest": visitor}) as flow:
            done = client.run(flow)
            assert isinstance(done, headlessid.Done) and isinstance(done.result, headlessid.Guest)
            # The library's own text of it, which a login accepts as it is.
            assert done.fields["visitor"] == done.result.visitor.to_json()
            assert done.result.uvid == guest.uvid
        me = client.login(username=lena.username, password=lena.password, guest=done.fields["visitor"])
        assert (me.uvid, me.uvid_carry) == (guest.uvid, "carried")
        renewed = client.guest(guest=kept)
        assert renewed.uvid == guest.uvid
        assert renewed.access_token != guest.access_token
        me = client.login(username=lena.username, password=lena.password, guest=renewed.visitor)
        assert (me.uvid, me.uvid_carry) == (guest.uvid, "carried")
        client.revoke(token=renewed.access_token, uvid=renewed.uvid)


def test_visitor_without_an_end_is_never_due() -> None:
    visitor = headlessid.Visitor("3f6f2c1e-0000-4000-8000-000000000000", "token")
    assert not visitor.is_due()
    assert headlessid.Visitor.from_json(visitor.to_json()) == visitor
    assert "renew_at_ms" not in visitor.to_json()
    with pytest.raises(AttributeError):
        visitor.uvid = "another"  # type: ignore[misc]


def test_visitor_from_another_language() -> None:
    # A writer may leave out what is absent, or add what we do not know.
    text = '{"uvid":"u","access_token":"t","later":1}'
    assert headlessid.Visitor.from_json(text) == headlessid.Visitor.from_json(text.encode()) == headlessid.Visitor("u", "t")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"secret"',
        "{}",
        '{"uvid":1,"access_token":"secret"}',
        '{"uvid":"u","access_token":"secret","renew_at_ms":"1"}',
        '{"uvid":"u","access_token":"secret","renew_at_ms":true}',
        b"\xff",
        "[" * 100_000,
    ],
)
def test_z07_rubbish_is_refused_and_not_shown(text: Any) -> None:
    with pytest.raises(headlessid.ArgumentError) as refused:
        headlessid.Visitor.from_json(text)
    assert refused.value.field == "visitor"
    assert refused.value.__context__ is None
    assert "secret" not in str(refused.value)


def test_z09_visitor_hides_its_token() -> None:
    visitor = headlessid.Visitor("u", "secret-token", 5)
    assert "secret-token" not in f"{visitor} {visitor!r}"
    assert json.loads(visitor.to_json())["access_token"] == "secret-token"


def test_seal_keys_as_a_mapping() -> None:
    assert _values.keyed("seal_keys", {"k1": b"\xfb\xff", "k2": b""}) == "k1:-_8 k2:"
    assert _values.keyed("seal_keys", ["k1:a", "k2:b"]) == "k1:a k2:b"
    assert _values.keyed("seal_keys", "k1:a") == "k1:a"
    assert _values.keyed("seal_keys", None) is None
