package io.headlessid;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** A store that waits, on threads that may. */
final class BlockingStore implements AsyncSessionStore {
    private final SessionStore store;
    private final Executor executor;

    BlockingStore(SessionStore store, Executor executor) {
        this.store = store;
        this.executor = executor;
    }

    private <T> CompletionStage<T> call(Callable<T> operation) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        executor.execute(() -> {
            try {
                reply.complete(operation.call());
            } catch (Throwable e) {
                reply.completeExceptionally(e);
            }
        });
        return reply;
    }

    @Override
    public CompletionStage<StoredSession> load(byte[] key) {
        return call(() -> store.load(key));
    }

    @Override
    public CompletionStage<Boolean> save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
        return call(() -> store.save(key, expected, version, value, ttl));
    }

    @Override
    public CompletionStage<Boolean> delete(byte[] key, String version) {
        return call(() -> store.delete(key, version));
    }

    @Override
    public CompletionStage<Boolean> lock(byte[] key, String owner, Duration ttl) {
        return call(() -> store.lock(key, owner, ttl));
    }

    @Override
    public CompletionStage<Boolean> unlock(byte[] key, String owner) {
        return call(() -> store.unlock(key, owner));
    }
}
