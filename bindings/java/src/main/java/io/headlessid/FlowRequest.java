package io.headlessid;

import java.util.function.Consumer;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * What one flow is asked to do: its name, its parameters, and how its result reads. The flows' own
 * classes are generated; each has a builder.
 *
 * <p>A secret given as {@code char[]} or {@code byte[]} is kept by reference and read when a flow starts
 * from this request: clear the array after the call, or, with an asynchronous call, as soon as it has
 * returned its future.
 *
 * @param <R> the class of the result
 */
public abstract class FlowRequest<R> {
    private final FlowKind<R> kind;
    private final Values values;
    private final long timeoutMillis;
    private final Consumer<String> trace;

    FlowRequest(FlowKind<R> kind, Builder<?> builder) {
        this.kind = kind;
        this.values = new Values(builder.values);
        this.timeoutMillis = builder.timeoutMillis;
        this.trace = builder.trace;
    }

    /** The flow's name in the catalogue. */
    public final @NotNull String getFlowName() {
        return kind.getName();
    }

    /** The typed form of what a flow of this kind brought. */
    public final @NotNull R read(@NotNull FlowResult result) {
        return kind.read(result);
    }

    final FlowKind<R> getKind() {
        return kind;
    }

    /**
     * Before anything is sent: a call in one piece has nobody to ask.
     *
     * @throws HeadlessIdException ARGUMENT with the name of what the flow asks a person for
     */
    final void checkWhole() {
        String ask = kind.getFirstAsk();
        if (ask != null && !values.has(ask)) {
            throw HeadlessIdException.argument(ask, "is missing; " + kind.getName() + " asks a person for it: begin it as a challenge");
        }
    }

    final void fill(Flow flow) {
        byte[][] bytes = values.bytes();
        try {
            flow.setAll(values.names(), bytes);
        } finally {
            Values.wipe(bytes);
        }
        if (timeoutMillis != Builder.ABSENT) {
            flow.setTimeoutMillis(timeoutMillis);
        }
        if (trace != null) {
            flow.setTrace(true);
        }
    }

    /** What came of a flow made from this request: its result, or its error, thrown. */
    final R finish(Step step) {
        if (step instanceof Step.Done) {
            return read(((Step.Done) step).getResult());
        }
        if (step instanceof Step.Failed) {
            throw ((Step.Failed) step).getError();
        }
        throw HeadlessIdException.state("unexpected_step", "the flow " + kind.getName() + " wants " + step.getKind()
                + ", which a call in one piece cannot give: begin it as a challenge, or run it as a Flow");
    }

    final void tellTrace(Flow flow) {
        if (trace != null) {
            trace.accept(flow.getTrace());
        }
    }

    /** The names of the parameters that are given, never their values. */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + values;
    }

    /**
     * Names the parameters. Not for use by several threads at once.
     *
     * @param <B> the builder's own class
     */
    public abstract static class Builder<B extends Builder<B>> {
        static final long ABSENT = Long.MIN_VALUE;

        final Values values;
        private long timeoutMillis = ABSENT;
        private Consumer<String> trace;

        Builder() {
            this.values = new Values();
        }

        Builder(Builder<?> other) {
            this.values = new Values(other.values);
            this.timeoutMillis = other.timeoutMillis;
            this.trace = other.trace;
        }

        abstract B self();

        /** Longest time that this flow may spend on the network, in milliseconds, instead of the app's. */
        public final @NotNull B timeoutMillis(long millis) {
            timeoutMillis = millis;
            return self();
        }

        /**
         * Called once when the flow, or the challenge, has ended, with what went over the wire, secrets as
         * dots. With an asynchronous call that is in the client's own thread: hand it on, do not work there.
         */
        public final @NotNull B trace(@Nullable Consumer<String> reader) {
            trace = reader;
            return self();
        }
    }
}
