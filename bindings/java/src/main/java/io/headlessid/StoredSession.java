package io.headlessid;

import java.util.Objects;
import org.jetbrains.annotations.NotNull;

/** What a store has under a key: a sealed record, and the version that it was saved with. Immutable. */
public final class StoredSession {
    private final String version;
    private final transient byte[] value;

    /** @param value any bytes; not copied */
    public StoredSession(@NotNull String version, byte @NotNull [] value) {
        this.version = Objects.requireNonNull(version, "version");
        this.value = Objects.requireNonNull(value, "value");
    }

    /** The version that it was saved with. */
    public @NotNull String getVersion() {
        return version;
    }

    /** The record. Not a copy. */
    public byte @NotNull [] getValue() {
        return value;
    }

    @Override
    public String toString() {
        return "StoredSession{version=" + version + ", " + value.length + " bytes}";
    }
}
