package io.headlessid;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * A {@link SessionStore} that does not wait: the same operations with the same promises, for clients such as Lettuce or R2DBC.
 * Called in threads that it must not block. A failure is a stage that completes exceptionally.
 */
public interface AsyncSessionStore {
    /** {@link SessionStore#load}; completes with null if there is nothing. */
    @NotNull CompletionStage<@Nullable StoredSession> load(byte @NotNull [] key);

    /** {@link SessionStore#save}. */
    @NotNull CompletionStage<@NotNull Boolean> save(byte @NotNull [] key, @Nullable String expected, @NotNull String version, byte @NotNull [] value,
            @NotNull Duration ttl);

    /** {@link SessionStore#delete}. */
    @NotNull CompletionStage<@NotNull Boolean> delete(byte @NotNull [] key, @Nullable String version);

    /** {@link SessionStore#lock}. */
    @NotNull CompletionStage<@NotNull Boolean> lock(byte @NotNull [] key, @NotNull String owner, @NotNull Duration ttl);

    /** {@link SessionStore#unlock}. */
    @NotNull CompletionStage<@NotNull Boolean> unlock(byte @NotNull [] key, @NotNull String owner);
}
