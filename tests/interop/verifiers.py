"""Verifiers of JWTs written by others: each returns the claims, or raises."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from provider import jwk_of
from servers import HERE, JAVA

AT_MOST_S = 60.0


def public_jwk(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    return {name: value for name, value in jwk_of(key.public_key()).items() if name != "key_ops"}


def by_pyjwt(token: str, key: rsa.RSAPrivateKey, audience: str) -> dict[str, Any]:
    required = {"require": ["iss", "sub", "exp"], "strict_aud": True}
    claims: dict[str, Any] = jwt.decode(token, key.public_key(), algorithms=["RS256"], audience=audience, options=required)
    return claims


def by_jose(token: str, key: rsa.RSAPrivateKey, audience: str) -> dict[str, Any]:
    return _ask(["node", str(HERE / "verify_jwt.mjs")], token, key, audience)


def by_nimbus(token: str, key: rsa.RSAPrivateKey, audience: str) -> dict[str, Any]:
    return _ask([*JAVA, str(HERE / "VerifyJwt.java")], token, key, audience)


VERIFIERS = {"PyJWT": by_pyjwt, "jose": by_jose, "Nimbus": by_nimbus}


def _ask(command: list[str], token: str, key: rsa.RSAPrivateKey, audience: str) -> dict[str, Any]:
    asked: Mapping[str, Any] = {"jwt": token, "jwks": {"keys": [public_jwk(key)]}, "audience": audience}
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=AT_MOST_S, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr)
    claims: dict[str, Any] = json.loads(done.stdout)
    return claims
