"""RedisStore: sessions that any number of machines share."""

from __future__ import annotations

import hashlib
from inspect import iscoroutinefunction
from typing import Any

from ._errors import bad_argument

TIMEOUT_S = 3.0


class _Script:
    """What a script does is one step on one key: it works in a cluster, too."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Redis's own name for it; nothing secret.
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


_SAVE = _Script("""
local there = redis.call('HGET', KEYS[1], 'version')
if ARGV[1] == '' then
  if there then return 0 end
elseif there ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'value', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
""")
_DELETE = _Script("""
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
""")
_LOCK = _Script("""
local there = redis.call('GET', KEYS[1])
if there and there ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""")
_UNLOCK = _Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
""")


class RedisStore:
    """Sessions in Redis or Valkey, by way of redis-py (pip install redis).

    Given a redis.Redis it is for both clients; given a redis.asyncio.Redis it is for an AsyncClient, in one event loop. It
    has connections of its own with that client's settings, bytes as they are, and a time limit of 3 seconds where the client
    has none. A client for a cluster or a sentinel is used as it is: give it socket_timeout, and not decode_responses.

    Each session is a hash `<prefix>session:<key>`, its lock a text `<prefix>lock:<key>`; both expire by themselves. Use a
    server that does not evict them (maxmemory-policy noeviction), and persistence if sessions shall outlive its restart.
    """

    def __init__(self, client: Any, *, prefix: str = "headlessid:") -> None:
        """Args:
        client: A client of redis-py, sync or asyncio; or an address (redis://, rediss://, unix://) for a sync one.
        prefix: Of the names of all keys.
        """
        try:
            import redis
            import redis.asyncio
        except ImportError as error:
            raise ImportError("RedisStore needs the package redis: pip install redis") from error
        self._missing: Any = redis.exceptions.NoScriptError
        given = redis.Redis.from_url(client) if isinstance(client, str) else client
        #: Whether its methods return awaitables.
        self.is_async = iscoroutinefunction(getattr(type(given), "execute_command", None))
        self._client = _with_limits(given)
        self._prefix = prefix.encode()

    def load(self, key: bytes) -> Any:
        return self._loaded_later(key) if self.is_async else _loaded(self._client.hmget(self._session(key), "version", "value"))

    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> Any:
        return self._run(_SAVE, self._session(key), expected or "", version, value, _milliseconds(ttl))

    def delete(self, key: bytes, version: str) -> Any:
        return self._run(_DELETE, self._session(key), version)

    def lock(self, key: bytes, owner: str, ttl: float) -> Any:
        return self._run(_LOCK, self._prefix + b"lock:" + key, owner, _milliseconds(ttl))

    def unlock(self, key: bytes, owner: str) -> Any:
        return self._run(_UNLOCK, self._prefix + b"lock:" + key, owner)

    def _session(self, key: bytes) -> bytes:
        return self._prefix + b"session:" + key

    def _run(self, script: _Script, *arguments: Any) -> Any:
        if self.is_async:
            return self._run_later(script, arguments)
        try:
            return self._client.evalsha(script.sha, 1, *arguments) == 1
        except self._missing:
            return self._client.eval(script.text, 1, *arguments) == 1

    async def _loaded_later(self, key: bytes) -> tuple[str, bytes] | None:
        return _loaded(await self._client.hmget(self._session(key), "version", "value"))

    async def _run_later(self, script: _Script, arguments: tuple[Any, ...]) -> bool:
        try:
            return bool(await self._client.evalsha(script.sha, 1, *arguments) == 1)
        except self._missing:
            return bool(await self._client.eval(script.text, 1, *arguments) == 1)

    def close(self) -> Any:
        """Closes its connections; of a store for asyncio, to be awaited."""
        return self._client.aclose() if self.is_async else self._client.close()

    def __repr__(self) -> str:
        return f"<RedisStore {self._prefix.decode()!r}{' asyncio' if self.is_async else ''}>"


def _with_limits(client: Any) -> Any:
    """A client like this one that returns bytes and gives up in time. One of a kind that cannot be told to is checked."""
    import redis

    pool = getattr(client, "connection_pool", None)
    settings = dict(getattr(pool, "connection_kwargs", None) or {})
    plain = (
        redis.ConnectionPool,
        redis.BlockingConnectionPool,
        redis.asyncio.ConnectionPool,
        redis.asyncio.BlockingConnectionPool,
    )
    if type(pool) not in plain:
        if settings.get("decode_responses"):
            raise bad_argument("client", "has decode_responses: a session is bytes, give one without it")
        return client
    assert pool is not None
    settings["decode_responses"] = False
    for name in ("socket_timeout", "socket_connect_timeout"):
        if settings.get(name) is None:
            settings[name] = TIMEOUT_S
    settings.pop("connection_pool", None)
    made = type(pool)(connection_class=pool.connection_class, max_connections=pool.max_connections, **settings)
    return type(client).from_pool(made) if hasattr(client, "from_pool") else type(client)(connection_pool=made)


def _loaded(came: Any) -> tuple[str, bytes] | None:
    version, value = came
    return None if version is None or value is None else (version.decode(), value)


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))
