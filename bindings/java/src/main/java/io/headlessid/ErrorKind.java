package io.headlessid;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** Whose fault an error is, and so who has to act. The same five words in every language. */
public enum ErrorKind {
    /** The caller's bug: a bad value; {@link HeadlessIdException#getField()} names it. */
    ARGUMENT,
    /** The caller's bug: not what the object is ready for; or it was cancelled, or closed. */
    STATE,
    /** No response came, and the flow has stopped trying. */
    TRANSPORT,
    /** A response broke the protocol or failed a check. */
    PROTOCOL,
    /** The server said no: {@link HeadlessIdException#getServerCode()}. */
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
