package io.headlessid;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Runs flows for one app at one site, thousands at once, on the library's own HTTP client or on the host's
 * ({@link Builder#transport}). Every flow is a method in two forms: one that waits and throws
 * {@link HeadlessIdException}, and one that returns a {@link CompletableFuture}.
 *
 * <p>Thread-safe and virtual-thread friendly: a call that waits does the client's network work in its own thread;
 * on a virtual thread it leaves that work to the client's thread, which starts with the first future or virtual
 * thread, and releases its carrier. An interrupt cancels the call that waits, which then throws with reason
 * "cancelled" and leaves the thread interrupted. Cancelling a future, or completing it from outside, cancels its
 * flow. Closing ends everything in flight exactly once (reason "closed").
 */
public final class Client extends FlowMethods implements AutoCloseable {
    static {
        // What is needed only after something was sent, and not by App.
        Preload.classes(Answers.class, Beginning.class, Challenge.class, ChallengeCall.class, ChallengeCall.Resend.class,
                ChallengeCall.Verify.class, Driver.Ended.class, Events.class, Events.Watch.class, FlowEvent.class, FlowEvent.Type.class,
                FlowExecutor.Conversion.class, FlowExecutor.Run.class, FlowLog.class, FlowLog.Severity.class, NativeClient.Operation.class,
                NativeClient.Waiting.class, SessionHost.class, Virtual.class);
    }

    /** For flows that the app drives itself. */
    private static final StepHandler NOTHING = new StepHandler() {
        @Override
        public boolean has(Step step) {
            return false;
        }

        @Override
        public void give(Flow flow, Step step) {
            throw new AssertionError("this handler answers no step");
        }
    };

    private final App app;
    private final Driver driver;
    private final FlowExecutor flows;
    private final SignStep signStep;
    private final Events events;
    private final Executor executor;
    // Nothing waits while this is locked.
    private final Set<SessionHost> sessions = Collections.newSetFromMap(new WeakHashMap<>());
    private final Handle leak;

    private Client(App app, Driver driver, Executor executor, Signer signer, List<FlowListener> listeners) {
        this.app = app;
        this.driver = driver;
        this.executor = executor;
        this.flows = new FlowExecutor(driver, executor, this);
        this.signStep = new SignStep(signer);
        this.events = new Events(listeners, executor);
        // Not a native handle, but the same duty: a forgotten client is closed once it has been collected.
        // That cannot happen while a flow is in flight: its operation keeps this reachable.
        this.leak = new Handle(this, 1, forgotten -> {
            driver.close();
            app.close();
        });
    }

    /** Starts with no setting given; the library's defaults apply to the rest. */
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
     * Runs a request from start to end and waits; the named methods of this class do the same with a type.
     *
     * @throws HeadlessIdException the mistake in the request, or the flow's error
     * @throws IllegalStateException after {@link #close}
     */
    @Override
    public <R> @NotNull R call(@NotNull FlowRequest<R> request) {
        request.checkWhole();
        try (Flow flow = app.newFlow(request)) {
            Events.Watch watch = events.watch(flow);
            Step step = flows.run(flow, signStep);
            watch.end(flow, step);
            request.tellTrace(flow);
            if (step instanceof Step.Failed) {
                throw ((Step.Failed) step).getError().here();
            }
            return request.finish(step);
        }
    }

    /**
     * Starts a request and returns at once. The future reports mistakes in the request, too.
     *
     * @throws IllegalStateException after {@link #close}
     */
    @Override
    public <R> @NotNull CompletableFuture<R> callAsync(@NotNull FlowRequest<R> request) {
        CompletableFuture<R> future = new CompletableFuture<>();
        Flow flow;
        Events.Watch watch;
        try {
            request.checkWhole();
            flow = app.newFlow(request);
            watch = events.watch(flow);
        } catch (HeadlessIdException e) {
            future.completeExceptionally(e);
            return future;
        }
        flows.start(flow, signStep, future, (step, error) -> {
            // Here and not on the executor, which may drop work: the secrets must be wiped at once.
            try {
                watch.end(flow, step);
                request.tellTrace(flow);
            } finally {
                flow.close();
            }
        }, request::finish);
        return future;
    }

    /**
     * Runs a request until its flow waits for a person, and waits until then; the named methods that return a
     * {@link Challenge} do the same with a type.
     *
     * @throws HeadlessIdException the mistake in the request, or the flow's error
     * @throws IllegalStateException after {@link #close}
     */
    @Override
    public <R> @NotNull Challenge<R> start(@NotNull FlowRequest<R> request) {
        return challenge(request.getKind(), request, app.newFlow(request), Challenge::start);
    }

    /**
     * The same without waiting. The future reports mistakes in the request, too.
     *
     * @throws IllegalStateException after {@link #close}
     */
    @Override
    public <R> @NotNull CompletableFuture<Challenge<R>> startAsync(@NotNull FlowRequest<R> request) {
        try {
            return challenge(request.getKind(), request, app.newFlow(request), Challenge::startAsync);
        } catch (HeadlessIdException e) {
            CompletableFuture<Challenge<R>> future = new CompletableFuture<>();
            future.completeExceptionally(e);
            return future;
        }
    }

    /**
     * A challenge from a ticket of {@link Challenge#seal}, sealed without a binding:
     * {@code resume(ticket, FlowKinds.PASSWORDLESS_LOGIN)}. Sends nothing.
     *
     * @throws HeadlessIdException as {@link #resume(CharSequence, CharSequence, FlowKind)}
     */
    public <R> @NotNull Challenge<R> resume(@NotNull CharSequence ticket, @NotNull FlowKind<R> flow) {
        return resume(ticket, null, flow);
    }

    /**
     * The same for a ticket that was bound.
     *
     * @param binding what was given when it was sealed; null: nothing
     * @param flow the flow that the ticket must belong to: one route of a service resumes one kind of sign-in
     * @throws HeadlessIdException ARGUMENT, reason "ticket_refused", for every defect of a ticket, its
     *     age included; STATE, reason "other_session", if only the binding differs, and "other_flow" if the
     *     ticket belongs to another flow
     * @throws IllegalStateException after {@link #close}
     */
    public <R> @NotNull Challenge<R> resume(@NotNull CharSequence ticket, @Nullable CharSequence binding, @NotNull FlowKind<R> flow) {
        return resumed(flow, app.unseal(flow.getName(), ticket, binding, System.currentTimeMillis()));
    }

    /** The same for a ticket of any flow, for a program that does not care about the result type. */
    public @NotNull Challenge<?> resumeAny(@NotNull CharSequence ticket, @Nullable CharSequence binding) {
        Flow flow = app.unseal(ticket, binding);
        return resumed(FlowKinds.of(flow.getName()), flow);
    }

    private <R> Challenge<R> resumed(FlowKind<R> kind, Flow flow) {
        return challenge(kind, null, flow, Challenge::resume);
    }

    /** The first act on a new challenge; if it throws, the challenge is closed. */
    interface Beginning<R, T> {
        T of(Challenge<R> challenge);
    }

    private <R, T> T challenge(FlowKind<R> kind, FlowRequest<R> request, Flow flow, Beginning<R, T> beginning) {
        Challenge<R> challenge = new Challenge<>(flows, signStep, kind, request, flow, events.watch(flow));
        try {
            return beginning.of(challenge);
        } catch (Throwable e) {
            challenge.close();
            throw e;
        }
    }

    /**
     * Runs a flow until it has ended or needs the host (ASK, SHOW, SIGN), and waits.
     *
     * @return {@link Step.Done}, {@link Step.Failed}, or a step for the host
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull Step run(@NotNull Flow flow) {
        Events.Watch watch = events.watchOwn(flow);
        Step step = flows.run(flow, NOTHING);
        watch.end(flow, step);
        return step;
    }

    /** The same without waiting. The flow is the client's until the future is complete. */
    public @NotNull CompletableFuture<Step> runAsync(@NotNull Flow flow) {
        CompletableFuture<Step> future = new CompletableFuture<>();
        Events.Watch watch = events.watchOwn(flow);
        flows.start(flow, NOTHING, future, (step, error) -> watch.end(flow, step), step -> step);
        return future;
    }

    /**
     * The sessions of this app in a store: tokens kept for days, encrypted under the setting {@code session_keys}, and refreshed
     * once among all processes that use the store. Make one object for each store and keep it.
     *
     * @throws HeadlessIdException ARGUMENT, field "sessionKeys", if there are none
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull Sessions sessions(@NotNull SessionStore store) {
        return newSessions(store, options -> {});
    }

    /** The same with keys: ids, and 32 bytes each; the first encrypts, all decrypt. */
    public @NotNull Sessions sessions(@NotNull SessionStore store, @NotNull Map<String, byte[]> keys) {
        Objects.requireNonNull(keys, "keys");
        return newSessions(store, options -> options.keys(keys));
    }

    /** The same with options: {@code client.sessions(store, options -> options.keys(keys).backgroundRefresh(false))}. */
    public @NotNull Sessions sessions(@NotNull SessionStore store, Sessions.@NotNull Configuration configuration) {
        return newSessions(store, configuration);
    }

    /** The same as {@link #sessions(SessionStore)} for a store that does not wait. */
    public @NotNull Sessions sessions(@NotNull AsyncSessionStore store) {
        return newSessions(store, options -> {});
    }

    /** The same as {@link #sessions(SessionStore, Map)} for a store that does not wait. */
    public @NotNull Sessions sessions(@NotNull AsyncSessionStore store, @NotNull Map<String, byte[]> keys) {
        Objects.requireNonNull(keys, "keys");
        return newSessions(store, options -> options.keys(keys));
    }

    /** The same as {@link #sessions(SessionStore, Sessions.Configuration)} for a store that does not wait. */
    public @NotNull Sessions sessions(@NotNull AsyncSessionStore store, Sessions.@NotNull Configuration configuration) {
        return newSessions(store, configuration);
    }

    private Sessions newSessions(Object store, Sessions.Configuration configuration) {
        Objects.requireNonNull(store, "store");
        Objects.requireNonNull(configuration, "configuration");
        Sessions made = new Sessions(this, app, driver, store, configuration, executor, events);
        synchronized (sessions) {
            sessions.add(made.getHost());
        }
        return made;
    }

    /**
     * Closes its sessions, ends every other flow in flight, waits until the client's thread is gone, and wipes the settings. Safe
     * twice, and while calls run. On a {@link Builder#transport} an asynchronous exchange is cancelled; a thread that is in the
     * transport goes on until that returns, and only then does its flow end.
     */
    @Override
    public void close() {
        List<SessionHost> open;
        synchronized (sessions) {
            open = new ArrayList<>(sessions);
        }
        open.forEach(SessionHost::close);
        driver.close();
        app.close();
        leak.forget();
    }

    /** Names the settings of the app and how its flows run. Not for use by several threads at once. */
    public static final class Builder extends AppSettings<Builder> {
        private Transport transport;
        private Executor executor = ForkJoinPool.commonPool();
        private long maxInFlight;
        private Signer signer;
        private final List<FlowListener> listeners = new ArrayList<>();

        private Builder() {}

        /**
         * The app's own HTTP stack instead of the library's. If it is an {@link AsyncTransport} as well,
         * asynchronous calls need no waiting thread.
         */
        public @NotNull Builder transport(@NotNull Transport hostTransport) {
            transport = hostTransport;
            return this;
        }

        /**
         * Completes the futures, and so runs what depends on them, and the signer. Default: the common pool. An executor that runs a
         * task in the thread that hands it over ({@code Runnable::run}) holds up the client's other flows until the task is done.
         */
        public @NotNull Builder executor(@NotNull Executor callbacks) {
            executor = callbacks;
            return this;
        }

        /** Signs for the app whose setting {@code signedBy} is "host". */
        public @NotNull Builder signer(@NotNull Signer hostSigner) {
            signer = hostSigner;
            return this;
        }

        /** Is told what every flow of the client did. May be called several times, for several listeners. */
        public @NotNull Builder onEvent(@NotNull FlowListener listener) {
            listeners.add(listener);
            return this;
        }

        /** The most flows at a time; more are refused with kind STATE. Not with a {@link #transport}. */
        public @NotNull Builder maxInFlight(long flows) {
            maxInFlight = flows;
            return this;
        }

        /** @throws HeadlessIdException ARGUMENT with the name of the setting that is wrong */
        public @NotNull Client build() {
            App app = App.of(this);
            try {
                Driver driver = transport == null ? new NativeClient(app, maxInFlight) : new TransportDriver(transport, executor);
                return new Client(app, driver, executor, signer, listeners);
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
