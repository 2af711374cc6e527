package io.headlessid.redis;

import io.headlessid.SessionStore;
import io.headlessid.StoredSession;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Sessions in Redis 4 or later by the app's Jedis 4 or 5: {@code new JedisStore(new JedisPooled(...))}, a cluster's or a
 * sentinel's as well. Needs {@code redis.clients:jedis}, which this library does not bring. Thread-safe, as the client is; the
 * client stays the app's, with its time limits: a socket timeout of a few seconds.
 */
public final class JedisStore implements SessionStore {
    private final UnifiedJedis client;
    private final byte[] prefix;

    /** With the prefix of every language, {@code headlessid:}. */
    public JedisStore(@NotNull UnifiedJedis client) {
        this(client, Scripts.DEFAULT_PREFIX);
    }

    /** @param prefix of every key in Redis */
    public JedisStore(@NotNull UnifiedJedis client, @NotNull String prefix) {
        this.client = Objects.requireNonNull(client, "client");
        this.prefix = Scripts.bytes(Objects.requireNonNull(prefix, "prefix"));
    }

    @Override
    public @Nullable StoredSession load(byte @NotNull [] key) {
        List<byte[]> found = client.hmget(Scripts.keyOf(prefix, "session:", key), Scripts.VERSION, Scripts.VALUE);
        return found.get(0) == null || found.get(1) == null ? null : new StoredSession(Scripts.text(found.get(0)), found.get(1));
    }

    @Override
    public boolean save(byte @NotNull [] key, @Nullable String expected, @NotNull String version, byte @NotNull [] value, @NotNull Duration ttl) {
        return run(Scripts.SAVE, "session:", key, Scripts.bytes(expected == null ? "" : expected), Scripts.bytes(version), value, millis(ttl));
    }

    @Override
    public boolean delete(byte @NotNull [] key, @Nullable String version) {
        return version != null && run(Scripts.DELETE, "session:", key, Scripts.bytes(version));
    }

    @Override
    public boolean lock(byte @NotNull [] key, @NotNull String owner, @NotNull Duration ttl) {
        return run(Scripts.LOCK, "lock:", key, Scripts.bytes(owner), millis(ttl));
    }

    @Override
    public boolean unlock(byte @NotNull [] key, @NotNull String owner) {
        return run(Scripts.UNLOCK, "lock:", key, Scripts.bytes(owner));
    }

    private boolean run(Scripts script, String kind, byte[] key, byte[]... values) {
        List<byte[]> keys = Collections.singletonList(Scripts.keyOf(prefix, kind, key));
        List<byte[]> arguments = Arrays.asList(values);
        Object reply;
        try {
            reply = client.evalsha(Scripts.bytes(script.digest), keys, arguments);
        } catch (JedisNoScriptException e) {
            reply = client.eval(Scripts.bytes(script.text), keys, arguments);
        }
        return ((Long) reply) == 1;
    }

    private static byte[] millis(Duration ttl) {
        return Scripts.bytes(Long.toString(ttl.toMillis()));
    }
}
