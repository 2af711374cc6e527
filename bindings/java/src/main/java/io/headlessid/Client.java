package io.headlessid;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import org.jetbrains.annotations.NotNull;

/**
 * Runs flows for one app at one site, thousands at once, on the library's own HTTP client or on the host's
 * ({@link Builder#transport}). Every flow is a method in two forms: one that waits and throws
 * {@link HeadlessIdException}, and one that returns a {@link CompletableFuture}.
 *
 * <p>Safe from every thread, and kind to virtual ones: nothing waits in native code but one daemon thread
 * of the client. An interrupt cancels the call that waits, which then throws with reason "cancelled" and
 * leaves the thread interrupted. Cancelling a future, or completing it otherwise, cancels its flow.
 * Closing ends everything in flight exactly once (reason "closed").
 */
public final class Client extends FlowMethods implements AutoCloseable {
    private final App app;
    private final Driver driver;
    private final Executor executor;
    private final Handle leak;

    private Client(App app, Driver driver, Executor executor) {
        this.app = app;
        this.driver = driver;
        this.executor = executor;
        // Not a native handle, but the same duty: a client that was forgotten is closed once it has been
        // collected. That cannot be while a flow is in flight: its operation keeps this reachable.
        this.leak = new Handle(this, 1, forgotten -> {
            driver.close();
            app.close();
        });
    }

    /** Starts with no setting given; the library's own defaults apply to what stays so. */
    public static @NotNull Builder builder() {
        return new Builder();
    }

    /** The settings, to make flows for {@link #run} and {@link FlowRunner} with. Closed with this client. */
    public @NotNull App getApp() {
        return app;
    }

    /** Flows that have been started and have not ended. */
    public int getInFlight() {
        return driver.inFlight();
    }

    /**
     * Runs a request from start to end and waits; the named methods of this class are this with a type.
     *
     * @throws HeadlessIdException what was wrong with the request, or what the flow ended with
     * @throws IllegalStateException after {@link #close}
     */
    @Override
    public <R> @NotNull R call(@NotNull FlowRequest<R> request) {
        try (Flow flow = app.newFlow(request)) {
            Step step = driver.run(flow, this);
            request.tellTrace(flow);
            if (step instanceof Step.Failed) {
                throw ((Step.Failed) step).getError().here();
            }
            return request.finish(step);
        }
    }

    /**
     * Starts a request and returns at once. What is wrong with it, too, comes by the future.
     *
     * @throws IllegalStateException after {@link #close}
     */
    @Override
    public <R> @NotNull CompletableFuture<R> callAsync(@NotNull FlowRequest<R> request) {
        CompletableFuture<R> future = new CompletableFuture<>();
        Flow flow;
        try {
            flow = app.newFlow(request);
        } catch (HeadlessIdException e) {
            future.completeExceptionally(e);
            return future;
        }
        start(flow, future, (step, error) -> {
            // Here and not on the executor: it may drop what it was given, and the secrets shall go at once.
            try {
                request.tellTrace(flow);
            } finally {
                flow.close();
            }
        }, request::finish);
        return future;
    }

    /**
     * Runs a flow until it has ended or wants what only the host has (ASK, SHOW, SIGN), and waits.
     *
     * @return {@link Step.Done}, {@link Step.Failed}, or a step for the host
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull Step run(@NotNull Flow flow) {
        return driver.run(flow, this);
    }

    /** The same without waiting. The flow is the client's until the future is complete. */
    public @NotNull CompletableFuture<Step> runAsync(@NotNull Flow flow) {
        CompletableFuture<Step> future = new CompletableFuture<>();
        start(flow, future, (step, error) -> {}, step -> step);
        return future;
    }

    /** Turns the step that a flow reached into what its future brings; may throw. */
    private interface Conversion<T> {
        T of(Step step);
    }

    private <T> void start(Flow flow, CompletableFuture<T> future, Driver.Ended first, Conversion<T> conversion) {
        Runnable cancel;
        try {
            cancel = driver.start(flow, this, (step, error) -> {
                try {
                    first.accept(step, error);
                } finally {
                    complete(future, step, error, conversion);
                }
            });
        } catch (HeadlessIdException | RejectedExecutionException e) {
            first.accept(null, e);
            future.completeExceptionally(e);
            return;
        } catch (Throwable e) {
            first.accept(null, e);
            throw e;
        }
        // Also when somebody else completes it: a deadline of the host's, for example.
        future.whenComplete((value, error) -> cancel.run());
    }

    private <T> void complete(CompletableFuture<T> future, Step step, Throwable error, Conversion<T> conversion) {
        Runnable end = () -> {
            try {
                if (error != null) {
                    future.completeExceptionally(error);
                } else {
                    future.complete(conversion.of(step));
                }
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        };
        try {
            executor.execute(end);
        } catch (RejectedExecutionException e) {
            // An executor that was shut down must not leave the caller waiting.
            end.run();
        }
    }

    /**
     * Ends every flow in flight, waits until the client's thread is gone, and wipes the settings. Safe
     * twice, and while calls run.
     */
    @Override
    public void close() {
        driver.close();
        app.close();
        leak.forget();
    }

    /** Names the settings of the app and what runs its flows. Not for use by several threads at once. */
    public static final class Builder extends AppSettings<Builder> {
        private Transport transport;
        private Executor executor = ForkJoinPool.commonPool();
        private long maxInFlight;

        private Builder() {}

        /**
         * The host's own HTTP stack instead of the library's. One that is an {@link AsyncTransport} as well
         * serves the asynchronous calls without a waiting thread.
         */
        public @NotNull Builder transport(@NotNull Transport hostTransport) {
            transport = hostTransport;
            return this;
        }

        /** Where futures are completed, and so where what hangs on them runs. Default: the common pool. */
        public @NotNull Builder executor(@NotNull Executor callbacks) {
            executor = callbacks;
            return this;
        }

        /** Flows at a time; more are refused with kind STATE. Not with a {@link #transport}. */
        public @NotNull Builder maxInFlight(long flows) {
            maxInFlight = flows;
            return this;
        }

        /** @throws HeadlessIdException ARGUMENT with the name of the setting that is wrong */
        public @NotNull Client build() {
            App app = App.of(this);
            try {
                Driver driver = transport == null ? new NativeClient(app, maxInFlight) : new TransportDriver(transport, executor);
                return new Client(app, driver, executor);
            } catch (Throwable e) {
                app.close();
                throw e;
            }
        }

        @Override
        Builder self() {
            return this;
        }
    }
}
