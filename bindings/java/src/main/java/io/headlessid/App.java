package io.headlessid;

import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.annotations.NotNull;

/**
 * The settings of one client (an external client app or connected app) at one Experience Cloud site,
 * checked once, before anything is sent anywhere. Made for hosts that drive flows themselves; a
 * {@link Client} makes its own.
 *
 * <p>Safe from every thread. May be closed while flows and clients made from it live.
 */
public final class App implements AutoCloseable {
    private final ReentrantLock lock = new ReentrantLock();
    private final Handle handle;

    private App(long made) {
        handle = new Handle(this, made, Native::hlid_app_free);
    }

    /** Starts with no setting given; the library's own defaults apply to what stays so. */
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
     * A new flow with everything that the request names.
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

    /** The flow that a ticket holds; see {@link Flow#unseal}. */
    Flow unseal(String flow, CharSequence ticket, CharSequence binding, long nowMillis) {
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

    /** The native client on these settings; its handle belongs to the caller. */
    long newClient(long maxInFlight) {
        lock.lock();
        try {
            return Native.client_new(open(), maxInFlight);
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

    /** Wipes the settings. Safe twice, and while calls run. */
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
