package io.headlessid;

import java.io.IOException;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** What a {@link Transport} throws when no whole answer came and it knows whether the request had left. */
public class NoAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Whether a byte of the request may have reached the server. */
    public enum Left {
        /** It has not: no name, no connection, TLS not completed, stream refused. The flow may try again. */
        NO,
        /** Nobody knows: a single-use request is not repeated. */
        MAYBE
    }

    private final Left left;

    /** @param why one line for people, without secrets, or null */
    public NoAnswerException(@NotNull Left left, @Nullable String why, @Nullable Throwable cause) {
        super(why, cause);
        this.left = left;
    }

    public @NotNull Left getLeft() {
        return left;
    }
}
