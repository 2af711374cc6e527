package io.headlessid;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** What to do about an error. */
public enum Advice {
    /** Nothing that a program can do. */
    NONE,
    /** Change the value named by {@link HeadlessIdException#getField()}. */
    FIX_ARGUMENT,
    /** Ask the person again: wrong password, wrong one-time password. */
    ASK_AGAIN,
    /** Start a new flow of the same kind. */
    RESTART,
    /** The session is over. */
    SIGN_IN_AGAIN,
    /** The same call may work later: {@link HeadlessIdException#getRetryAfterMillis()}. */
    RETRY_LATER,
    /** An admin has to change a setting of the org: {@link HeadlessIdException#getHint()} names it. */
    FIX_ORG,
    /** Advice that a newer native library gives and these classes do not know. */
    UNKNOWN;

    static @NotNull Advice of(@Nullable String name) {
        for (Advice advice : values()) {
            if (advice.name().equals(name)) {
                return advice;
            }
        }
        return UNKNOWN;
    }
}
