package io.headlessid;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * What a flow needs next. Immutable: a copy of what the native flow said, valid forever. Each kind has a
 * class of its own; others cannot exist.
 */
public abstract class Step {
    /** The kinds of step, as in every language. */
    public enum Kind {
        /** Send one HTTP request. */
        SEND,
        /** Ask a person for a value. */
        ASK,
        /** Show a person a page. */
        SHOW,
        /** Sign with a key that never leaves the host. */
        SIGN,
        /** Wait until a time. */
        WAIT,
        /** One operation of a session's store; the classes of sessions do it. */
        STORE,
        /** Ended with a result. */
        DONE,
        /** Ended with an error. */
        FAILED
    }

    private final Kind kind;

    private Step(Kind kind) {
        this.kind = kind;
    }

    /** Which of the classes this is. */
    public final @NotNull Kind getKind() {
        return kind;
    }

    @Override
    public String toString() {
        return "Step." + kind;
    }

    /** Reads the native flow's current step; the caller holds the flow. */
    static Step read(long flow, int step) {
        switch (step) {
            case NativeConstants.HLID_STEP_SEND:
                return new Send(HttpRequest.read(flow));
            case NativeConstants.HLID_STEP_ASK:
                return new Ask(Utf8.decode(Native.hlid_flow_ask_name(flow)), Native.hlid_flow_ask_secret(flow) != 0,
                        Native.hlid_flow_ask_problem(flow));
            case NativeConstants.HLID_STEP_SHOW:
                return new Show(Utf8.decode(Native.hlid_flow_show_url(flow)), Utf8.decode(Native.hlid_flow_show_code(flow)),
                        Utf8.decode(Native.hlid_flow_show_verification_uri(flow)), Utf8.decode(Native.hlid_flow_ask_name(flow)),
                        Native.hlid_flow_ask_problem(flow));
            case NativeConstants.HLID_STEP_SIGN:
                return new Sign(Utf8.decode(Native.hlid_flow_sign_algorithm(flow)), Native.hlid_flow_sign_input(flow));
            case NativeConstants.HLID_STEP_WAIT:
                return new Wait(Native.hlid_flow_wait_until_ms(flow));
            case NativeConstants.HLID_STEP_STORE:
                return new Store(flow);
            case NativeConstants.HLID_STEP_DONE:
                return new Done(new FlowResult(Native.hlid_flow_result(flow)));
            case NativeConstants.HLID_STEP_FAILED:
                return new Failed(Native.hlid_flow_error(flow));
            default:
                throw unknown(step, new String(Native.hlid_step_name(step), StandardCharsets.UTF_8));
        }
    }

    static HeadlessIdException unknown(int step, String name) {
        return HeadlessIdException.state("unknown_step", "the flow is at step " + step + " (" + name + "), which this version does not know");
    }

    /** Send one HTTP request: no redirects, no cookies, no other semantically relevant headers. */
    public static final class Send extends Step {
        private final HttpRequest request;

        private Send(HttpRequest request) {
            super(Kind.SEND);
            this.request = request;
        }

        /** The request; it holds secrets. */
        public @NotNull HttpRequest getRequest() {
            return request;
        }
    }

    /** Ask a person for {@link #getName()}, then {@link Flow#giveValue}. */
    public static final class Ask extends Step {
        private final String name;
        private final boolean secret;
        private final HeadlessIdException problem;

        private Ask(String name, boolean secret, HeadlessIdException problem) {
            super(Kind.ASK);
            this.name = name;
            this.secret = secret;
            this.problem = problem;
        }

        /** The name of the value. */
        public @NotNull String getName() {
            return name;
        }

        /** Whether the typed value must stay hidden. */
        public boolean isSecret() {
            return secret;
        }

        /** The problem with the last value; null the first time. */
        public @Nullable HeadlessIdException getProblem() {
            return problem;
        }
    }

    /**
     * Show a page to a person; if {@link #getName()} is present, {@code Flow.giveValue} follows, otherwise the next
     * {@code Flow.next} says that it was shown.
     */
    public static final class Show extends Step {
        private final String url;
        private final String code;
        private final String verificationUri;
        private final String name;
        private final HeadlessIdException problem;

        private Show(String url, String code, String verificationUri, String name, HeadlessIdException problem) {
            super(Kind.SHOW);
            this.url = url;
            this.code = code;
            this.verificationUri = verificationUri;
            this.name = name;
            this.problem = problem;
        }

        /** The page; with the code filled in, if there is one. */
        public @NotNull String getUrl() {
            return url;
        }

        /** A code for the person to type at {@link #getVerificationUri()}, or null. */
        public @Nullable String getCode() {
            return code;
        }

        /** The page's address without the code; null if there is none. */
        public @Nullable String getVerificationUri() {
            return verificationUri;
        }

        /** The name of the value that the page returns, or null. */
        public @Nullable String getName() {
            return name;
        }

        /** The problem with the last value; null the first time. */
        public @Nullable HeadlessIdException getProblem() {
            return problem;
        }
    }

    /** Sign {@link #getInput()}, then {@link Flow#giveValue} under the name "signature". */
    public static final class Sign extends Step {
        private final String algorithm;
        private final transient byte[] input;

        private Sign(String algorithm, byte[] input) {
            super(Kind.SIGN);
            this.algorithm = algorithm;
            this.input = input;
        }

        /** "RS256". */
        public @NotNull String getAlgorithm() {
            return algorithm;
        }

        /** The bytes to sign. */
        public byte @NotNull [] getInput() {
            return input.clone();
        }
    }

    /** Call {@link Flow#next(long)} again at that time. */
    public static final class Wait extends Step {
        private final long untilMillis;

        private Wait(long untilMillis) {
            super(Kind.WAIT);
            this.untilMillis = untilMillis;
        }

        /** Milliseconds since 1970, by the clock given to {@link Flow#next(long)}. */
        public long getUntilMillis() {
            return untilMillis;
        }
    }

    /** One operation of the host's session store. Only the flows of a {@link Session} come to it, which runs them itself. */
    public static final class Store extends Step {
        final int operation;
        final transient byte[] key;
        final transient byte[] value;
        final String version;
        final String newVersion;
        final String owner;
        final Duration ttl;

        private Store(long flow) {
            super(Kind.STORE);
            operation = Native.hlid_flow_store_operation(flow);
            key = Native.hlid_flow_store_key(flow);
            value = Native.hlid_flow_store_value(flow);
            version = Utf8.decode(Native.hlid_flow_store_version(flow));
            newVersion = Utf8.decode(Native.hlid_flow_store_new_version(flow));
            owner = Utf8.decode(Native.hlid_flow_store_owner(flow));
            ttl = Duration.ofMillis(Native.hlid_flow_store_ttl_ms(flow));
        }
    }

    /** The flow has succeeded. */
    public static final class Done extends Step {
        private final FlowResult result;

        private Done(FlowResult result) {
            super(Kind.DONE);
            this.result = result;
        }

        /** The flow's result. */
        public @NotNull FlowResult getResult() {
            return result;
        }
    }

    /** The flow has failed. */
    public static final class Failed extends Step {
        private final HeadlessIdException error;

        Failed(HeadlessIdException error) {
            super(Kind.FAILED);
            this.error = error;
        }

        /** The error, to throw or to examine. */
        public @NotNull HeadlessIdException getError() {
            return error;
        }
    }
}
