package io.headlessid;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * One guest visit, one login, one logout, as a machine that does no I/O and reads no clock: ask for its next
 * step ({@link #next(long)}), do that, report the outcome, ask again, until the step is {@link Step.Done} or
 * {@link Step.Failed}. {@code FlowRunner} is that loop; {@code Client.run} runs one on the library's own HTTP
 * client.
 *
 * <p>Works in any thread, in one at a time: a call during another throws {@link HeadlessIdException} with kind
 * STATE and reason "busy", and so does any call while a client runs the flow. After {@link #close} every call
 * throws {@link IllegalStateException}.
 */
public final class Flow implements AutoCloseable {
    // Held for an instant, and longer only by what waits until it is alone: a cancellation must not make another call "busy".
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private boolean inside;
    // Those who wait until no call is in here: the next call goes after them.
    private int waiting;
    private final Handle handle;
    private final String name;
    // The client's run that the flow is in now, or null.
    private Object runner;
    private boolean cancelled;
    private boolean closed;

    Flow(String name, long made) {
        this.name = name;
        this.handle = new Handle(this, made, Native::hlid_flow_free);
    }

    /** The flow's name in the catalogue. */
    public @NotNull String getName() {
        return name;
    }

    /**
     * Sets a parameter by its name in the catalogue, before the first {@link #next(long)}; at ASK also one
     * that counts once (a reCAPTCHA token) or was not set. Null has no effect.
     *
     * @throws HeadlessIdException ARGUMENT for an unknown name or a malformed value; the flow is unchanged
     */
    public @NotNull Flow set(@NotNull String parameter, @Nullable CharSequence value) {
        return setBytes(parameter, Utf8.encode(value));
    }

    /** The same for a secret, which the caller clears afterwards. */
    public @NotNull Flow set(@NotNull String parameter, char @NotNull [] value) {
        return setBytes(parameter, Values.bytesOf(value));
    }

    /** The same for a secret as UTF-8, which the caller clears afterwards. */
    public @NotNull Flow set(@NotNull String parameter, byte @NotNull [] value) {
        return setBytes(parameter, value.clone());
    }

    private Flow setBytes(String parameter, byte[] value) {
        long flow = enter();
        try {
            Native.hlid_flow_set(flow, Utf8.encode(parameter), value);
            return this;
        } finally {
            leave();
            Utf8.wipe(value);
        }
    }

    void setAll(byte[][] names, byte[][] values) {
        long flow = enter();
        try {
            Native.flow_set_all(flow, names, values);
        } finally {
            leave();
        }
    }

    /** Overrides the app's timeout for this flow, before the first {@link #next(long)}. */
    public @NotNull Flow setTimeoutMillis(long millis) {
        long flow = enter();
        try {
            Native.hlid_flow_set_timeout_ms(flow, millis);
            return this;
        } finally {
            leave();
        }
    }

    /** Keeps a transcript of every exchange, secrets as dots, before the first {@link #next(long)}. */
    public @NotNull Flow setTrace(boolean on) {
        long flow = enter();
        try {
            Native.hlid_flow_set_trace(flow, on ? 1 : 0);
            return this;
        } finally {
            leave();
        }
    }

    /** The transcript so far; empty unless asked for. */
    public @NotNull String getTrace() {
        long flow = enter();
        try {
            String trace = Utf8.decode(Native.hlid_flow_trace(flow));
            return trace == null ? "" : trace;
        } finally {
            leave();
        }
    }

    /** Before the first step. */
    void keepEvents() {
        long flow = enter();
        try {
            Native.hlid_flow_set_events(flow, 1);
        } finally {
            leave();
        }
    }

    /** After the last; "" also if it was closed meanwhile. */
    String takeEvents() {
        lockAlone();
        try {
            String events = closed ? null : Utf8.decode(Native.hlid_flow_events(handle.value()));
            return events == null ? "" : events;
        } finally {
            lock.unlock();
        }
    }

    /** The flow's next step, by the system's clock. */
    public @NotNull Step next() {
        return next(System.currentTimeMillis());
    }

    /**
     * The flow's next step. Idempotent until something is given.
     *
     * @param nowMillis milliseconds since 1970 (UTC); any value is safe
     * @throws HeadlessIdException ARGUMENT at the first call if the parameters contradict each other; they
     *     can still be corrected then
     */
    public @NotNull Step next(long nowMillis) {
        long flow = enter();
        try {
            return Step.read(flow, Native.hlid_flow_next(flow, nowMillis));
        } finally {
            leave();
        }
    }

    /** SEND: one header of the response, in order, before {@link #giveResponse(int, int, byte[])}. */
    public void giveHeader(@NotNull String header, @NotNull String value) {
        giveHeader(Utf8.encode(header), Utf8.encode(value));
    }

    /** The same for the bytes as they were received. */
    public void giveHeader(byte @NotNull [] header, byte @NotNull [] value) {
        long flow = enter();
        try {
            Native.hlid_flow_give_header(flow, header, value);
        } finally {
            leave();
        }
    }

    /**
     * SEND: reports the complete response.
     *
     * @param httpVersion 10, 11, 20, 30, or 0 if not known
     */
    public void giveResponse(int httpStatus, int httpVersion, byte @NotNull [] body) {
        long flow = enter();
        try {
            Native.hlid_flow_give_response(flow, httpStatus, httpVersion, body);
        } finally {
            leave();
        }
    }

    /** SEND: reports the complete response with its headers, in one call. */
    public void giveResponse(@NotNull HttpResponse response) {
        long flow = enter();
        try {
            List<HttpRequest.Header> headers = response.getHeaders();
            for (int i = 0; i < headers.size(); i++) {
                Native.hlid_flow_give_header(flow, Utf8.encode(headers.get(i).getName()), Utf8.encode(headers.get(i).getValue()));
            }
            Native.hlid_flow_give_response(flow, response.getStatus(), response.getHttpVersion(), response.getBody());
        } finally {
            leave();
        }
    }

    /**
     * SEND: no complete response was received, and the host has given up.
     *
     * @param why one line for people, without secrets, or null
     */
    public void giveNoResponse(@NotNull NoResponseException.Sent sent, @Nullable String why) {
        giveNoResponse(sent, null, why);
    }

    /**
     * The same for a host that knows what went wrong.
     *
     * @param reason a word of docs/errors.md, TRANSPORT: "no_host", "untrusted_certificate", "proxy_refused"; null: not known
     * @param why one line for people, without secrets, or null
     */
    public void giveNoResponse(@NotNull NoResponseException.Sent sent, @Nullable String reason, @Nullable String why) {
        int code = sent == NoResponseException.Sent.NO ? NativeConstants.HLID_NOT_SENT : NativeConstants.HLID_MAYBE_SENT;
        long flow = enter();
        try {
            if (reason == null) {
                Native.hlid_flow_give_no_response(flow, code, Utf8.encode(why));
            } else {
                Native.hlid_flow_give_fault(flow, code, Utf8.encode(reason), Utf8.encode(why));
            }
        } finally {
            leave();
        }
    }

    /** ASK, SHOW and SIGN: gives the value that the flow asks for, by its name. */
    public void giveValue(@NotNull String asked, @NotNull CharSequence value) {
        giveValueBytes(asked, Utf8.encode(value));
    }

    /** The same for a secret, which the caller clears afterwards. */
    public void giveValue(@NotNull String asked, char @NotNull [] value) {
        giveValueBytes(asked, Values.bytesOf(value));
    }

    /** The same for bytes, a signature for example. */
    public void giveValue(@NotNull String asked, byte @NotNull [] value) {
        giveValueBytes(asked, value.clone());
    }

    private void giveValueBytes(String asked, byte[] value) {
        long flow = enter();
        try {
            Native.hlid_flow_give_value(flow, Utf8.encode(asked), value);
        } finally {
            leave();
            Utf8.wipe(value);
        }
    }

    /**
     * Gives a value before the flow asks for it. At the question of that name the same as {@link #giveValue}.
     * Otherwise the flow keeps the value, never in a ticket, and uses it when it comes to that question; but at a
     * question with a problem it drops all that it keeps, and stops.
     *
     * @throws HeadlessIdException ARGUMENT for a name that the flow never asks for, or a malformed value
     */
    public void offer(@NotNull String asked, @NotNull CharSequence value) {
        offerBytes(asked, Utf8.encode(value));
    }

    /** The same for a secret, which the caller clears afterwards. */
    public void offer(@NotNull String asked, char @NotNull [] value) {
        offerBytes(asked, Values.bytesOf(value));
    }

    /** The same for a secret as UTF-8, which the caller clears afterwards. */
    public void offer(@NotNull String asked, byte @NotNull [] value) {
        offerBytes(asked, value.clone());
    }

    private void offerBytes(String asked, byte[] value) {
        long flow = enter();
        try {
            Native.hlid_flow_offer(flow, Utf8.encode(asked), value);
        } finally {
            leave();
            Utf8.wipe(value);
        }
    }

    /**
     * ASK, SHOW and SIGN: the host has no value to give. The flow ends as FAILED, kind STATE, reason
     * "signing_failed" at SIGN, "no_value" at ASK and SHOW.
     *
     * @param why one line for people, without secrets, or null
     */
    public void giveNothing(@Nullable String why) {
        long flow = enter();
        try {
            Native.hlid_flow_give_nothing(flow, Utf8.encode(why));
        } finally {
            leave();
        }
    }

    /** STORE, load: what was there; null: nothing. */
    void giveStored(StoredSession found) {
        long flow = enter();
        try {
            Native.hlid_flow_give_stored(flow, found == null ? 0 : 1, found == null ? null : Utf8.encode(found.getVersion()),
                    found == null ? null : found.getValue());
        } finally {
            leave();
        }
    }

    /** STORE, the other operations. */
    void giveStoreDone(boolean done) {
        long flow = enter();
        try {
            Native.hlid_flow_give_store_done(flow, done ? 1 : 0);
        } finally {
            leave();
        }
    }

    /** STORE: it is not known whether it was done. */
    void giveStoreFault(String why) {
        long flow = enter();
        try {
            Native.hlid_flow_give_store_fault(flow, Utf8.encode(why));
        } finally {
            leave();
        }
    }

    /**
     * ASK, instead of a value: sends the message again.
     *
     * @throws HeadlessIdException STATE if the flow does not wait for a message, and, reason "single_use_spent",
     *     if a reCAPTCHA token was used and no new one is set; the flow is unchanged
     */
    public void resend() {
        long flow = enter();
        try {
            Native.hlid_flow_resend(flow);
        } finally {
            leave();
        }
    }

    /** ASK and SHOW: the same as {@link #seal(CharSequence)} for a ticket that is bound to nothing. */
    public @NotNull String seal() {
        return seal(null);
    }

    /**
     * ASK and SHOW: the flow as text, at most 3,072 characters of base64url, for {@code App.unseal} in any
     * process with the same seal keys. Secret, though it cannot be read without the key.
     *
     * @param binding ties the ticket to a value: the id of the app's own session, for example
     */
    public @NotNull String seal(@Nullable CharSequence binding) {
        return seal(binding, System.currentTimeMillis());
    }

    /** The same by the caller's clock: milliseconds since 1970 (UTC). */
    public @NotNull String seal(@Nullable CharSequence binding, long nowMillis) {
        byte[] bound = Utf8.encode(binding);
        long flow = enter();
        try {
            return Utf8.decode(Native.hlid_flow_seal(flow, bound, nowMillis));
        } finally {
            leave();
            Utf8.wipe(bound);
        }
    }

    /**
     * The id of the last ticket, or of the one that this flow came from, or null: 32 hex digits, new for each
     * sealing. Mark it as used in a store, so that a ticket opens only once.
     */
    public @Nullable String getTicketId() {
        long flow = enter();
        try {
            return Utf8.decode(Native.hlid_flow_ticket_id(flow));
        } finally {
            leave();
        }
    }

    /** The flow's deadline, by the clock given to {@link #next(long)}; 0 before the first call. */
    public long getDeadlineMillis() {
        long flow = enter();
        try {
            return Native.hlid_flow_deadline_ms(flow);
        } finally {
            leave();
        }
    }

    /**
     * Ends the flow as FAILED, kind STATE, reason "cancelled"; also while a client runs it, and while another
     * thread uses it.
     *
     * @return false if it had ended, or after {@link #close}: then nothing changes
     */
    public boolean cancel() {
        lockAlone();
        try {
            return !closed && cancelNative();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the run of a client, if it has not ended. */
    void cancelRun(Object run) {
        lockAlone();
        try {
            if (runner == run && !closed) {
                cancelNative();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean cancelNative() {
        cancelled = true;
        return Native.flow_cancel(handle.value()) != 0;
    }

    /** Wipes every secret of the flow. Safe to call twice, and while calls run; a client's run ends as cancelled. */
    @Override
    public void close() {
        lockAlone();
        try {
            closed = true;
            // The library keeps a flow that a client runs until the client lets go.
            handle.free();
        } finally {
            lock.unlock();
        }
    }

    /** Lets this call in, or throws if another is in here; it leaves at its end. Meanwhile the handle is valid. */
    private long enter() {
        lock.lock();
        try {
            while (!inside && waiting > 0) {
                moved.awaitUninterruptibly();
            }
            if (inside) {
                throw busy();
            }
            if (closed) {
                throw new IllegalStateException("this Flow is closed");
            }
            if (runner != null) {
                throw busy();
            }
            long flow = handle.value();
            inside = true;
            return flow;
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        inside = false;
        if (waiting > 0) {
            moved.signalAll();
        }
        lock.unlock();
    }

    /** Takes the lock once no call is in here; the caller unlocks. */
    private void lockAlone() {
        lock.lock();
        if (inside) {
            waiting++;
            while (inside) {
                moved.awaitUninterruptibly();
            }
            waiting--;
            moved.signalAll();
        }
    }

    private static HeadlessIdException busy() {
        return HeadlessIdException.state("busy", "the flow is in use by another call or by a client");
    }

    /** Starts the native flow in a client. */
    interface Starter {
        void start(long flow);
    }

    /** Hands the flow to a client, which starts it while no other call can be in here. `run`: the client's own. */
    void enterRun(Object run, Starter starter) {
        long flow = enter();
        try {
            starter.start(flow);
            runner = run;
        } finally {
            leave();
        }
    }

    /** The client has handed the flow back at this step. */
    Step leaveRun(int step) {
        lockAlone();
        try {
            runner = null;
            if (closed) {
                return new Step.Failed(HeadlessIdException.state("cancelled", "the flow was closed while a client ran it"));
            }
            long flow = handle.value();
            // A cancellation may arrive when the client has just let go.
            return Step.read(flow, cancelled ? Native.hlid_flow_next(flow, System.currentTimeMillis()) : step);
        } finally {
            lock.unlock();
        }
    }
}
