package io.headlessid;

import java.io.IOException;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** What a {@link Transport} throws when no complete response came and it knows whether the request had left. */
public class NoResponseException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Whether a byte of the request may have reached the server. */
    public enum Sent {
        /** It has not: no name, no connection, TLS not completed, stream refused. The flow may try again. */
        NO,
        /** Nobody knows: a single-use request is not repeated. */
        MAYBE
    }

    private final Sent sent;
    private final String reason;

    /** @param why one line for people, without secrets, or null */
    public NoResponseException(@NotNull Sent sent, @Nullable String why, @Nullable Throwable cause) {
        this(sent, null, why, cause);
    }

    /**
     * For a stack that knows what went wrong.
     *
     * @param reason a word of docs/errors.md, TRANSPORT: "no_host", "untrusted_certificate", "tls_failed", "proxy_refused"; what does not pass by
     *     itself is not tried again. Null: not known
     * @param why one line for people, without secrets, or null
     */
    public NoResponseException(@NotNull Sent sent, @Nullable String reason, @Nullable String why, @Nullable Throwable cause) {
        super(why, cause);
        this.sent = sent;
        this.reason = reason;
    }

    /** What went wrong, as a word of docs/errors.md; null where that is not known. */
    public @Nullable String getReason() {
        return reason;
    }

    public @NotNull Sent getSent() {
        return sent;
    }
}
