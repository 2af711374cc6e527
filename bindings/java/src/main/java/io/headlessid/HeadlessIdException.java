package io.headlessid;

import java.util.Locale;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Every error of a call or a flow. Unchecked; decide by the predicates, by {@link #getAdvice()}, or by
 * {@link #getReason()}, a word that stays the same between releases.
 *
 * <p>None of its texts holds a secret. {@link #getMessage()} and {@link #getHint()} are ours;
 * {@link #getServerText()} is the server's own, escaped, on one line, at most 300 bytes: for logs, not for
 * the person who signs in. Use after {@code close()} is an {@link IllegalStateException} instead.
 */
public final class HeadlessIdException extends ErrorPredicates {
    private static final long serialVersionUID = 1L;

    private final ErrorKind kind;
    private final Advice advice;
    private final String reason;
    private final String hint;
    private final String field;
    private final String serverCode;
    private final String serverText;
    private final int httpStatus;
    private final boolean outcomeUnknown;
    private final long retryAfterMillis;

    private HeadlessIdException(ErrorKind kind, Advice advice, String reason, String message, String hint, String field,
            String serverCode, String serverText, int httpStatus, boolean outcomeUnknown, long retryAfterMillis) {
        super(message);
        this.kind = kind;
        this.advice = advice;
        this.reason = reason;
        this.hint = hint;
        this.field = field;
        this.serverCode = serverCode;
        this.serverText = serverText;
        this.httpStatus = httpStatus;
        this.outcomeUnknown = outcomeUnknown;
        this.retryAfterMillis = retryAfterMillis;
    }

    /** Makes an exception of a native error; called by the native library, with the texts in this order. */
    static HeadlessIdException of(byte[][] texts, int httpStatus, boolean outcomeUnknown, long retryAfterMillis) {
        String reason = Utf8.decode(texts[2]);
        String field = Utf8.decode(texts[5]);
        return new HeadlessIdException(ErrorKind.of(Utf8.decode(texts[0])), Advice.of(Utf8.decode(texts[1])),
                reason == null ? "" : reason, inJava(Utf8.decode(texts[3])), inJava(Utf8.decode(texts[4])),
                field == null ? null : CatalogueNames.inJava(field),
                Utf8.decode(texts[6]), Utf8.decode(texts[7]), httpStatus, outcomeUnknown, retryAfterMillis);
    }

    /** A text of the library with names of settings and parameters as Java spells them: allow_http_loopback becomes allowHttpLoopback. */
    static String inJava(String text) {
        if (text == null || text.indexOf('_') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            int end = at;
            while (end < text.length() && isOfName(text.charAt(end))) {
                end++;
            }
            if (end == at) {
                out.append(text.charAt(at++));
            } else {
                out.append(CatalogueNames.inJava(text.substring(at, end)));
                at = end;
            }
        }
        return out.toString();
    }

    private static boolean isOfName(char c) {
        return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
    }

    /** For errors that the native library cannot see: a handle in use by another Java thread. */
    static HeadlessIdException state(String reason, String message) {
        return state(Advice.NONE, reason, message);
    }

    static HeadlessIdException state(Advice advice, String reason, String message) {
        return new HeadlessIdException(ErrorKind.STATE, advice, reason, message, null, null, null, null, 0, false, -1);
    }

    /** For a missing or wrong value that these classes find; worded as the native library does. */
    static HeadlessIdException argument(String field, String what) {
        return new HeadlessIdException(ErrorKind.ARGUMENT, Advice.FIX_ARGUMENT, "bad_argument", field + " " + what, null, field, null, null, 0,
                false, -1);
    }

    /** The same error with its field in Java's spelling, for fields that the catalogue does not have. */
    HeadlessIdException inCamelCase() {
        if (field == null || field.indexOf('_') < 0) {
            return this;
        }
        StringBuilder name = new StringBuilder();
        for (String word : field.split("_")) {
            name.append(name.length() == 0 ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        String message = getMessage();
        return new HeadlessIdException(kind, advice, reason,
                message.startsWith(field) ? name + message.substring(field.length()) : message, hint, name.toString(), serverCode,
                serverText, httpStatus, outcomeUnknown, retryAfterMillis);
    }

    /** The same error for another reason, which the flow could not know. */
    HeadlessIdException because(String other, String message) {
        HeadlessIdException copy = new HeadlessIdException(kind, advice, other, message, hint, field, serverCode, serverText, httpStatus,
                outcomeUnknown, retryAfterMillis);
        if (getCause() != null) {
            copy.initCause(getCause());
        }
        return copy;
    }

    /**
     * The same error with the stack of the calling thread: a flow's error is made in the thread that ran the
     * flow, which tells the reader of a stack trace little.
     */
    HeadlessIdException here() {
        return because(reason, getMessage());
    }

    /** Who caused it. */
    public @NotNull ErrorKind getKind() {
        return kind;
    }

    /** What to do about it. */
    @Override
    public @NotNull Advice getAdvice() {
        return advice;
    }

    /** One word that stays the same between releases: "invalid_credentials", "not_headless". */
    @Override
    public @NotNull String getReason() {
        return reason;
    }

    /** With {@link Advice#FIX_ORG}: the setting as Setup shows it and as the Metadata API names it. Usually null otherwise. */
    public @Nullable String getHint() {
        return hint;
    }

    /** With {@link ErrorKind#ARGUMENT}: the setting or parameter that was wrong, as its builder method is named. */
    public @Nullable String getField() {
        return field;
    }

    /** The server's error code, such as "invalid_grant"; null if it sent none. */
    public @Nullable String getServerCode() {
        return serverCode;
    }

    /** The server's own text, escaped and cut; null if it sent none. For logs. */
    public @Nullable String getServerText() {
        return serverText;
    }

    /** Status of the HTTP response that the error is about, or 0. */
    @Override
    public int getHttpStatus() {
        return httpStatus;
    }

    /** Whether a single-use request may have reached the server although no complete response was received. */
    public boolean isOutcomeUnknown() {
        return outcomeUnknown;
    }

    /** How long the server asks to wait, in milliseconds, or -1. */
    public long getRetryAfterMillis() {
        return retryAfterMillis;
    }

    /** One line for a log: everything but the server's text. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(getClass().getName()).append(": ").append(getMessage());
        text.append(" [").append(kind).append(' ').append(reason).append(", advice ").append(advice);
        if (field != null) {
            text.append(", field ").append(field);
        }
        if (serverCode != null) {
            text.append(", server code ").append(serverCode);
        }
        if (httpStatus != 0) {
            text.append(", HTTP ").append(httpStatus);
        }
        if (outcomeUnknown) {
            text.append(", outcome unknown");
        }
        text.append(']');
        if (hint != null) {
            text.append(' ').append(hint);
        }
        return text.toString();
    }
}
