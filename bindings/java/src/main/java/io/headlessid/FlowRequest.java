package io.headlessid;

import java.util.function.Consumer;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * A request to run one flow: its name, its parameters, and how its result is read. Each flow has a generated
 * class with a builder.
 *
 * <p>A secret in a {@code char[]} or {@code byte[]} is kept by reference and read when a flow starts from
 * this request: clear the array after the call, or, with an asynchronous call, as soon as it has returned its
 * future.
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

    /** The typed form of a result of this flow. */
    public final @NotNull R read(@NotNull FlowResult result) {
        return kind.read(result);
    }

    final FlowKind<R> getKind() {
        return kind;
    }

    /**
     * Called before anything is sent: a call in one piece cannot ask a person.
     *
     * @throws HeadlessIdException ARGUMENT with the name of the value that the flow would ask a person for
     */
    final void checkWhole() {
        String ask = kind.getFirstAsk();
        if (ask != null && !values.has(ask)) {
            throw HeadlessIdException.argument(CatalogueNames.inJava(ask), "is missing; " + kind.getName() + " asks a person for it: start a challenge instead");
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

    /** The outcome of a flow made from this request: its result, or its error, thrown. */
    final R finish(Step step) {
        if (step instanceof Step.Done) {
            return read(((Step.Done) step).getResult());
        }
        if (step instanceof Step.Failed) {
            throw ((Step.Failed) step).getError();
        }
        throw HeadlessIdException.state("unexpected_step", "the flow " + kind.getName() + " is at " + step.getKind()
                + ", which a call in one piece cannot answer: start a challenge, or run it as a Flow");
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

        /** The most time that this flow may spend on the network, in milliseconds; overrides the app's. */
        public final @NotNull B timeoutMillis(long millis) {
            timeoutMillis = millis;
            return self();
        }

        /**
         * Called once when the flow, or the challenge, has ended, with a transcript of the exchanges, secrets as
         * dots. An asynchronous call uses the client's own thread for it: pass the text on, do not work there.
         */
        public final @NotNull B trace(@Nullable Consumer<String> reader) {
            trace = reader;
            return self();
        }
    }
}
