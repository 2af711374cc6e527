"""First-party apps with a key that stays with the host: the client calls a signer at SIGN."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

CARLA = "carla@example.com"


@pytest.fixture
def key(org: SimulatedOrg, tmp_path: Path) -> Iterator[Path]:
    """The app's private key, in a file that openssl reads."""
    path = tmp_path / "key.pem"
    path.write_text(org.first_party_app.private_key or "")
    path.chmod(0o600)
    yield path
    path.unlink()


def settings_of(org: SimulatedOrg) -> dict[str, Any]:
    settings = org.client_settings(org.first_party_app)
    settings.pop("private_key", None)
    return {**settings, "signed_by": "host"}


class Signer:
    def __init__(self, key: Path) -> None:
        self.key = key
        self.calls: list[str] = []

    def __call__(self, algorithm: str, data: bytes) -> bytes:
        self.calls.append(algorithm)
        command = ["openssl", "dgst", "-sha256", "-sign", str(self.key)]
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def test_signer_is_called_at_sign(org: SimulatedOrg, key: Path) -> None:
    signer = Signer(key)
    carla = next(user for user in org.users if user.username == CARLA)
    with headlessid.Client(**settings_of(org), signer=signer) as client:
        me = client.first_party_login(username=CARLA, password=carla.password)
        assert me.access_token
        assert signer.calls == ["RS256"]
        challenge = client.first_party_passwordless(username=CARLA, verification_method="email")
        assert signer.calls == ["RS256", "RS256"]
        with pytest.raises(headlessid.UserActionRequired) as wrong:
            challenge.verify("000000" if org.last_otp(CARLA) != "000000" else "000001")
        assert wrong.value.is_otp_invalid
        assert challenge.verify(org.last_otp(CARLA)).access_token


def test_signer_is_awaited(org: SimulatedOrg, key: Path) -> None:
    signer = Signer(key)
    carla = next(user for user in org.users if user.username == CARLA)

    async def sign(algorithm: str, data: bytes) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(None, signer, algorithm, data)

    async def story() -> None:
        for each in (sign, signer):
            async with headlessid.AsyncClient(**settings_of(org), signer=each) as client:
                challenge = await client.start_first_party_login(username=CARLA)
                with pytest.raises(headlessid.UserActionRequired) as wrong:
                    await challenge.verify("not it")
                assert wrong.value.is_invalid_credentials
                assert (await challenge.verify(carla.password)).access_token
                assert (await client.guest()).uvid

    asyncio.run(story())
    assert signer.calls


class Broken(Exception):
    pass


def test_signer_that_raises_is_the_cause(org: SimulatedOrg) -> None:
    def sign(algorithm: str, data: bytes) -> bytes:
        raise Broken

    with headlessid.Client(**settings_of(org), signer=sign) as client:
        for call in (
            lambda: client.first_party_login(username=CARLA, password="x"),
            lambda: client.first_party_passwordless(username=CARLA, verification_method="email"),
        ):
            with pytest.raises(headlessid.StateError) as failed:
                call()
            assert failed.value.reason == "signing_failed" and "Broken" in failed.value.message
            assert isinstance(failed.value.__cause__, Broken)
        assert client.in_flight == 0

    def interrupt(algorithm: str, data: bytes) -> bytes:
        raise KeyboardInterrupt

    with headlessid.Client(**settings_of(org), signer=interrupt) as client, pytest.raises(KeyboardInterrupt):
        client.first_party_login(username=CARLA, password="x")


def test_signature_of_another_kind(org: SimulatedOrg) -> None:
    with headlessid.Client(**settings_of(org), signer=lambda algorithm, data: "text") as client:  # type: ignore[arg-type, return-value]
        with pytest.raises(headlessid.ArgumentError) as refused:
            client.first_party_login(username=CARLA, password="x")
        assert refused.value.field == "signature"


@pytest.mark.parametrize("signature", [None, 5, b""], ids=["none", "int", "empty"])
def test_signature_that_is_missing(org: SimulatedOrg, signature: Any) -> None:
    with headlessid.Client(**settings_of(org), signer=lambda algorithm, data: signature) as client:
        with pytest.raises(headlessid.StateError) as failed:
            client.first_party_login(username=CARLA, password="x")
        assert failed.value.reason == "signing_failed"
        assert isinstance(failed.value.__cause__, (TypeError, headlessid.ArgumentError))


def test_without_a_signer_it_says_so(org: SimulatedOrg) -> None:
    async def story() -> None:
        async with headlessid.AsyncClient(**settings_of(org)) as client:
            with pytest.raises(headlessid.StateError, match="signer") as missing:
                await client.first_party_login(username=CARLA, password="x")
            assert missing.value.reason == "no_signer"

    asyncio.run(story())
    with headlessid.Client(**settings_of(org)) as client:
        for call in (
            lambda: client.first_party_login(username=CARLA, password="x"),
            lambda: client.first_party_passwordless(username=CARLA, verification_method="email"),
        ):
            with pytest.raises(headlessid.StateError, match="signer") as missing:
                call()
            assert missing.value.reason == "no_signer"
        with headlessid.Flow(client.app, "first_party_login", {"username": CARLA, "password": "x"}) as flow:
            step = client.run(flow)
            assert isinstance(step, headlessid.Sign)
            with pytest.raises(headlessid.StateError, match="signer"):
                headlessid.run(flow, lambda send: headlessid.HttpResponse(500))
