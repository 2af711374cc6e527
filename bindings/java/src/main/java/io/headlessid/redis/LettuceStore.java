package io.headlessid.redis;

import io.headlessid.AsyncSessionStore;
import io.headlessid.StoredSession;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Sessions in Redis 4 or later by the app's Lettuce 6, without a waiting thread:
 * {@code new LettuceStore(redisClient.connect(ByteArrayCodec.INSTANCE))}. Needs {@code io.lettuce:lettuce-core}, which this
 * library does not bring. Thread-safe; the connection stays the app's. It must not read from replicas.
 */
public final class LettuceStore implements AsyncSessionStore {
    private final RedisClusterAsyncCommands<byte[], byte[]> commands;
    private final byte[] prefix;

    /** With the prefix of every language, {@code headlessid:}. */
    public LettuceStore(@NotNull StatefulRedisConnection<byte[], byte[]> connection) {
        this(Objects.requireNonNull(connection, "connection").async(), Scripts.DEFAULT_PREFIX);
    }

    /** The same for a cluster. */
    public LettuceStore(@NotNull StatefulRedisClusterConnection<byte[], byte[]> connection) {
        this(Objects.requireNonNull(connection, "connection").async(), Scripts.DEFAULT_PREFIX);
    }

    /** @param prefix of every key in Redis */
    public LettuceStore(@NotNull RedisClusterAsyncCommands<byte[], byte[]> commands, @NotNull String prefix) {
        this.commands = Objects.requireNonNull(commands, "commands");
        this.prefix = Scripts.bytes(Objects.requireNonNull(prefix, "prefix"));
    }

    @Override
    public @NotNull CompletionStage<@Nullable StoredSession> load(byte @NotNull [] key) {
        return commands.hmget(Scripts.keyOf(prefix, "session:", key), Scripts.VERSION, Scripts.VALUE).thenApply(found -> {
            KeyValue<byte[], byte[]> version = found.get(0);
            KeyValue<byte[], byte[]> value = found.get(1);
            return version.hasValue() && value.hasValue() ? new StoredSession(Scripts.text(version.getValue()), value.getValue()) : null;
        });
    }

    @Override
    public @NotNull CompletionStage<@NotNull Boolean> save(byte @NotNull [] key, @Nullable String expected, @NotNull String version,
            byte @NotNull [] value, @NotNull Duration ttl) {
        return run(Scripts.SAVE, "session:", key, Scripts.bytes(expected == null ? "" : expected), Scripts.bytes(version), value, millis(ttl));
    }

    @Override
    public @NotNull CompletionStage<@NotNull Boolean> delete(byte @NotNull [] key, @Nullable String version) {
        return version == null ? CompletableFuture.completedFuture(false) : run(Scripts.DELETE, "session:", key, Scripts.bytes(version));
    }

    @Override
    public @NotNull CompletionStage<@NotNull Boolean> lock(byte @NotNull [] key, @NotNull String owner, @NotNull Duration ttl) {
        return run(Scripts.LOCK, "lock:", key, Scripts.bytes(owner), millis(ttl));
    }

    @Override
    public @NotNull CompletionStage<@NotNull Boolean> unlock(byte @NotNull [] key, @NotNull String owner) {
        return run(Scripts.UNLOCK, "lock:", key, Scripts.bytes(owner));
    }

    private CompletionStage<Boolean> run(Scripts script, String kind, byte[] key, byte[]... values) {
        byte[][] keys = {Scripts.keyOf(prefix, kind, key)};
        CompletionStage<Long> first = commands.evalsha(script.digest, ScriptOutputType.INTEGER, keys, values);
        return first.handle((reply, error) -> {
            if (error == null) {
                return CompletableFuture.completedFuture(reply);
            }
            Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            if (cause instanceof RedisNoScriptException) {
                return commands.<Long>eval(script.text, ScriptOutputType.INTEGER, keys, values);
            }
            CompletableFuture<Long> failed = new CompletableFuture<>();
            failed.completeExceptionally(cause);
            return failed;
        }).thenCompose(Function.<CompletionStage<Long>>identity()).thenApply(reply -> reply == 1);
    }

    private static byte[] millis(Duration ttl) {
        return Scripts.bytes(Long.toString(ttl.toMillis()));
    }
}
