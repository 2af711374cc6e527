package io.headlessid;

import io.headlessid.internal.Faults;
import io.headlessid.internal.JsonText;
import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * The settings of one client (an external client app or connected app) at one Experience Cloud site,
 * checked once, before anything is sent. For programs that drive flows themselves; a {@code Client} makes its
 * own.
 *
 * <p>Thread-safe. May be closed while flows and clients made from it live.
 */
public final class App implements AutoCloseable {
    static {
        // What a flow comes to only after something was sent. The results are made ready by FlowKinds.
        Preload.classes(Advice.class, CatalogueNames.class, Delays.class, ErrorKind.class, Faults.class, Flow.class, Flow.Starter.class, FlowRequest.class,
                FlowRequest.Builder.class, FlowResult.class, HeadlessIdException.class, HttpResponse.class, HttpRequest.class,
                HttpRequest.Header.class, JsonText.class, NoResponseException.class,
                NoResponseException.Sent.class, ResultShape.class, Step.Ask.class, Step.Done.class, Step.Failed.class,
                Step.Kind.class, Step.Send.class, Step.Show.class, Step.Sign.class, Step.Wait.class, ToString.class, Visitor.class);
        for (FlowKind<?> kind : FlowKinds.all()) {
            Preload.classes(kind.getResultClass());
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Handle handle;

    private App(long made) {
        handle = new Handle(this, made, Native::hlid_app_free);
    }

    /** Starts with no setting given; the library's defaults apply to the rest. */
    public static @NotNull Builder builder() {
        return new Builder();
    }

    /** @throws HeadlessIdException ARGUMENT with the name of the setting that is wrong */
    static App of(AppSettings<?> settings) {
        NativeLoader.load();
        byte[][] values = settings.values.bytes();
        try {
            return new App(Native.app_new(settings.values.names(), values));
        } finally {
            Values.wipe(values);
        }
    }

    /**
     * A new flow by its name in the catalogue, without parameters.
     *
     * @throws HeadlessIdException ARGUMENT if there is no such flow
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull Flow newFlow(@NotNull String name) {
        lock.lock();
        try {
            return new Flow(name, Native.hlid_flow_new(open(), Utf8.encode(name)));
        } finally {
            lock.unlock();
        }
    }

    /**
     * A new flow with all parameters of the request.
     *
     * @throws HeadlessIdException ARGUMENT with the name of the parameter that is wrong
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull Flow newFlow(@NotNull FlowRequest<?> request) {
        Flow flow = newFlow(request.getFlowName());
        try {
            request.fill(flow);
            return flow;
        } catch (Throwable e) {
            flow.close();
            throw e;
        }
    }

    /**
     * A flow from a ticket of {@link Flow#seal()}, made by any process in any language with the same site,
     * client id and seal keys: {@link Flow#next()} then asks again what the sealed one asked. Sends nothing.
     *
     * @param binding what was given when it was sealed; null: nothing
     * @throws HeadlessIdException ARGUMENT, reason "ticket_refused", for every defect of a ticket, its
     *     age included; STATE, reason "other_session", if only the binding differs
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull Flow unseal(@NotNull CharSequence ticket, @Nullable CharSequence binding) {
        return unseal(ticket, binding, System.currentTimeMillis());
    }

    /** The same by the caller's clock: milliseconds since 1970 (UTC). */
    public @NotNull Flow unseal(@NotNull CharSequence ticket, @Nullable CharSequence binding, long nowMillis) {
        return unseal(null, ticket, binding, nowMillis);
    }

    /**
     * The same for a ticket that must be of one flow.
     *
     * @param flow its name in the catalogue; null: any
     * @throws HeadlessIdException STATE, reason "other_flow", if the ticket is of another flow
     */
    public @NotNull Flow unseal(@Nullable String flow, @NotNull CharSequence ticket, @Nullable CharSequence binding, long nowMillis) {
        byte[] bytes = Utf8.encode(ticket);
        byte[] bound = Utf8.encode(binding);
        lock.lock();
        try {
            long made = Native.hlid_flow_unseal(open(), Utf8.encode(flow), bytes, bound, nowMillis);
            return new Flow(Utf8.decode(Native.hlid_flow_name(made)), made);
        } finally {
            lock.unlock();
            Utf8.wipe(bytes);
            Utf8.wipe(bound);
        }
    }

    /** A native client with these settings; the caller owns the handle. */
    long newClient(long maxInFlight) {
        lock.lock();
        try {
            return Native.hlid_client_new(open(), maxInFlight);
        } finally {
            lock.unlock();
        }
    }

    /** Native sessions of this app; the caller owns the handle. keys: null: the app's. */
    long newSessions(byte[] keys) {
        lock.lock();
        try {
            return Native.hlid_sessions_new(open(), keys);
        } finally {
            lock.unlock();
        }
    }

    private long open() {
        if (handle.isFree()) {
            throw new IllegalStateException("this App is closed");
        }
        return handle.value();
    }

    /** Wipes the settings. Safe to call twice, and while calls run. */
    @Override
    public void close() {
        lock.lock();
        try {
            handle.free();
        } finally {
            lock.unlock();
        }
    }

    /** Names the settings. Not for use by several threads at once. */
    public static final class Builder extends AppSettings<Builder> {
        private Builder() {}

        /** @throws HeadlessIdException ARGUMENT with the name of the setting that is wrong */
        public @NotNull App build() {
            return App.of(this);
        }

        @Override
        Builder self() {
            return this;
        }
    }
}
