package io.headlessid;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** Who caused an error, and so who has to act. The same five words in every language. */
public enum ErrorKind {
    /** The caller's bug: a bad value; {@link HeadlessIdException#getField()} names it. */
    ARGUMENT,
    /** The caller's bug: a call that the object does not expect now; or it was cancelled, or closed. */
    STATE,
    /** No response was received, and the flow has stopped trying. */
    TRANSPORT,
    /** A response broke the protocol or failed a check. */
    PROTOCOL,
    /** The server refused: {@link HeadlessIdException#getServerCode()}. */
    REFUSED,
    /** A kind that a newer native library knows and these classes do not. */
    UNKNOWN;

    static @NotNull ErrorKind of(@Nullable String name) {
        for (ErrorKind kind : values()) {
            if (kind.name().equals(name)) {
                return kind;
            }
        }
        return UNKNOWN;
    }
}
