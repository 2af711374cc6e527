package io.headlessid;

import java.io.IOException;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** Thrown by a {@link Transport} that received no complete response and knows whether the request was sent. */
public class NoResponseException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Whether a byte of the request may have reached the server. */
    public enum Sent {
        /** Not sent: no address, no connection, TLS not completed, stream refused. The flow may try again. */
        NO,
        /** Maybe sent: a single-use request is not repeated. */
        MAYBE
    }

    private final Sent sent;
    private final String reason;

    /** @param why one line for people, without secrets, or null */
    public NoResponseException(@NotNull Sent sent, @Nullable String why, @Nullable Throwable cause) {
        this(sent, null, why, cause);
    }

    /**
     * For an HTTP stack that knows what went wrong.
     *
     * @param reason a word of docs/errors.md, TRANSPORT: "no_host", "untrusted_certificate", "tls_failed", "proxy_refused"; a fault that does not
     *     pass by itself is not tried again; null if not known
     * @param why one line for people, without secrets, or null
     */
    public NoResponseException(@NotNull Sent sent, @Nullable String reason, @Nullable String why, @Nullable Throwable cause) {
        super(why, cause);
        this.sent = sent;
        this.reason = reason;
    }

    /** What went wrong, as a word of docs/errors.md; null if not known. */
    public @Nullable String getReason() {
        return reason;
    }

    /** Whether the request may have reached the server. */
    public @NotNull Sent getSent() {
        return sent;
    }
}
