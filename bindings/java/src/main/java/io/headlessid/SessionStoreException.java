package io.headlessid;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * A failure of a store whose message may be shown: it becomes part of the error of the session. Of every other exception only
 * the class is named, and the exception itself is the cause, because a message may quote a key or a password.
 */
public class SessionStoreException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message one line for people, without secrets and keys */
    public SessionStoreException(@NotNull String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
