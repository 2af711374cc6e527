package io.headlessid;

import java.time.Duration;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Where sessions are kept: five small operations, each one step for everyone who uses the store.
 * {@code io.headlessid.testing.StoreCheck} shows whether a store keeps these promises.
 *
 * <p>Called from several threads at once, on threads of the {@link Sessions}, which may wait. Time is the store's own clock.
 * A failure is an exception, never false and never null: "done" that was not done, or "nothing there" where the store could
 * not look, costs a session. An operation that takes longer than the {@link Sessions.Options#storeTimeout} counts as failed.
 *
 * <p>Keys are any bytes, 1 to 512 of them; values are any bytes, at most 64 KiB, sealed by the library. Versions and owners are
 * letters, digits and hyphens, at most 64. The arrays are the store's to keep.
 */
public interface SessionStore {
    /** What is there under this key and has not ended; null: nothing. A read after a write sees it: no replica. */
    @Nullable StoredSession load(byte @NotNull [] key) throws Exception;

    /**
     * Puts value and version, only if the version that is there is still the expected one.
     *
     * @param expected null: only if there is nothing, or if what is there has ended
     * @param ttl after that time it is gone
     * @return false if another version is there, or none
     */
    boolean save(byte @NotNull [] key, @Nullable String expected, @NotNull String version, byte @NotNull [] value, @NotNull Duration ttl)
            throws Exception;

    /**
     * Deletes, only if the version that is there is still this one.
     *
     * @return false if another version is there, or none
     */
    boolean delete(byte @NotNull [] key, @Nullable String version) throws Exception;

    /**
     * Takes the lock of this key, which has nothing to do with its record.
     *
     * @param ttl after that time it is free again
     * @return false if another owner has it; true also if it is this owner's already, whose time then starts again
     */
    boolean lock(byte @NotNull [] key, @NotNull String owner, @NotNull Duration ttl) throws Exception;

    /**
     * Frees the lock, only if it is this owner's.
     *
     * @return false if it is another's, or free
     */
    boolean unlock(byte @NotNull [] key, @NotNull String owner) throws Exception;
}
