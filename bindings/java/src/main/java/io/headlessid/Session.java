package io.headlessid;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * A signed-in user, or a guest, over days: tokens in a {@link SessionStore}, refreshed once among all processes that use it.
 * Made by {@link Sessions}; it needs no closing.
 *
 * <p>Thread-safe. Each call has two forms: one that waits and throws {@link HeadlessIdException}, and one that returns a
 * {@link CompletableFuture}. Callers that want the same at the same time wait for one flow. That flow always runs to its end: an
 * interrupt ends the waiting of a call (reason "cancelled"), and cancelling a future does nothing else, because a refresh that is
 * cut off loses the session.
 */
public final class Session {
    /** After a refresh that failed, in the background. */
    private static final long BACKGROUND_PAUSE_MILLIS = 1_000;
    /** More cannot be meant; milliseconds have room for it. What is too much for a token, the library says. */
    private static final Duration MOST_TTL = Duration.ofDays(36_500);

    private final SessionHost host;
    private final Handle handle;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock.
    private SessionCall current;
    // What came last, as a later call has it.
    private volatile FlowResult last;
    private volatile long backgroundNotBefore;
    // A token that an API has rejected, for as long as that is not settled: not to be given meanwhile.
    private volatile String rejecting;
    // Read after each native call: until then this object, and with it the handle, cannot be collected.
    private volatile boolean reachable = true;

    Session(SessionHost host, long made) {
        this.host = host;
        this.handle = new Handle(this, made, Native::hlid_session_free);
    }

    // ---- the token

    /** The same as {@link #accessToken(Duration)} for a token that has not ended yet. */
    public @NotNull String accessToken() {
        return accessToken(Duration.ZERO);
    }

    /**
     * An access token, refreshed if it is due. Usually this process has it, and the call takes less than a microsecond;
     * otherwise it waits for the store, or for a refresh.
     *
     * @param minTtl how long the token must last; of one with a shorter life, half of it
     * @return the token. Secret
     * @throws HeadlessIdException reason "no_session", "session_ended", "rotation_lost" and whatever else ends a refresh;
     *     {@code getAdvice()} says whether the person has to sign in again
     * @throws IllegalArgumentException if {@code minTtl} is negative
     * @throws IllegalStateException after {@link Sessions#close}
     */
    public @NotNull String accessToken(@NotNull Duration minTtl) {
        long millis = millis(minTtl);
        String held = held(millis);
        return held != null ? held : await(run(SessionCall.token(millis))).get("access_token");
    }

    /** The same without waiting. */
    public @NotNull CompletableFuture<String> accessTokenAsync() {
        return accessTokenAsync(Duration.ZERO);
    }

    /** The same as {@link #accessToken(Duration)} without waiting. */
    public @NotNull CompletableFuture<String> accessTokenAsync(@NotNull Duration minTtl) {
        long millis = millis(minTtl);
        String held = held(millis);
        return held != null ? CompletableFuture.completedFuture(held) : outside(run(SessionCall.token(millis)), result -> result.get("access_token"));
    }

    /** The same as {@link #token(Duration)} for a token that has not ended yet. */
    public @NotNull SessionToken token() {
        return token(Duration.ZERO);
    }

    /** The same as {@link #accessToken(Duration)}, with what is known of the token. */
    public @NotNull SessionToken token(@NotNull Duration minTtl) {
        long millis = millis(minTtl);
        FlowResult held = heldResult(millis);
        return new SessionToken(held != null ? held : await(run(SessionCall.token(millis))));
    }

    /** The same without waiting. */
    public @NotNull CompletableFuture<SessionToken> tokenAsync() {
        return tokenAsync(Duration.ZERO);
    }

    /** The same as {@link #token(Duration)} without waiting. */
    public @NotNull CompletableFuture<SessionToken> tokenAsync(@NotNull Duration minTtl) {
        long millis = millis(minTtl);
        FlowResult held = heldResult(millis);
        return held != null ? CompletableFuture.completedFuture(new SessionToken(held)) : outside(run(SessionCall.token(millis)), SessionToken::new);
    }

    /**
     * An API responded 401 to this token: another one, refreshed unless that has been done already.
     *
     * @param accessToken the one that the API rejected
     * @return the new token. Secret
     * @throws HeadlessIdException as {@link #accessToken(Duration)}
     */
    public @NotNull String rejected(@NotNull CharSequence accessToken) {
        return await(reject(Objects.requireNonNull(accessToken, "accessToken").toString())).get("access_token");
    }

    /** The same without waiting. */
    public @NotNull CompletableFuture<String> rejectedAsync(@NotNull CharSequence accessToken) {
        return outside(reject(Objects.requireNonNull(accessToken, "accessToken").toString()), result -> result.get("access_token"));
    }

    private CompletableFuture<FlowResult> reject(String token) {
        rejecting = token;
        CompletableFuture<FlowResult> outcome = run(SessionCall.rejected(token));
        outcome.whenComplete((result, error) -> {
            if (token.equals(rejecting)) {
                rejecting = null;
            }
        });
        return outcome;
    }

    // ---- begin and end

    /**
     * Keeps what a sign-in brought. Replaces what is there; a guest's visitor goes on.
     *
     * @return this
     * @throws HeadlessIdException ARGUMENT if the tokens are not a sign-in's; "store_fault" if the store fails
     */
    public @NotNull Session begin(@NotNull TokenSet tokens) {
        return begin(Objects.requireNonNull(tokens, "tokens").toJson());
    }

    /** The same for a guest. */
    public @NotNull Session begin(@NotNull Guest guest) {
        return begin(Objects.requireNonNull(guest, "guest").toJson());
    }

    /** The same as {@link #begin(TokenSet)} without waiting. */
    public @NotNull CompletableFuture<Session> beginAsync(@NotNull TokenSet tokens) {
        return beginAsync(Objects.requireNonNull(tokens, "tokens").toJson());
    }

    /** The same as {@link #begin(Guest)} without waiting. */
    public @NotNull CompletableFuture<Session> beginAsync(@NotNull Guest guest) {
        return beginAsync(Objects.requireNonNull(guest, "guest").toJson());
    }

    private Session begin(String json) {
        await(run(SessionCall.begin(json)));
        return this;
    }

    private CompletableFuture<Session> beginAsync(String json) {
        return outside(run(SessionCall.begin(json)), result -> this);
    }

    Session guest() {
        await(run(SessionCall.guest()));
        return this;
    }

    CompletableFuture<Session> guestAsync() {
        return outside(run(SessionCall.guest()), result -> this);
    }

    /**
     * Forgets the session, and then revokes its tokens.
     *
     * @return whether there were tokens to revoke
     * @throws HeadlessIdException if they cannot be revoked, or the store fails: call it again
     */
    public boolean end() {
        return Boolean.TRUE.equals(await(run(SessionCall.end())).getBoolean("revoked"));
    }

    /** The same without waiting. */
    public @NotNull CompletableFuture<Boolean> endAsync() {
        return outside(run(SessionCall.end()), result -> Boolean.TRUE.equals(result.getBoolean("revoked")));
    }

    // ---- what this process has

    private static long millis(Duration minTtl) {
        Objects.requireNonNull(minTtl, "minTtl");
        if (minTtl.isNegative()) {
            throw new IllegalArgumentException("minTtl must not be negative: it is how long the token must last from now on");
        }
        if (minTtl.compareTo(MOST_TTL) > 0) {
            throw new IllegalArgumentException("minTtl must be at most " + MOST_TTL.toDays() + " days");
        }
        return minTtl.toMillis();
    }

    /** Null: a flow must look. */
    private String held(long minTtlMillis) {
        host.checkOpen();
        long now = System.currentTimeMillis();
        byte[] token = Native.session_token(handle.value(), now, minTtlMillis);
        if (token == null && host.refreshesInBackground()) {
            // One that is due, for as long as it lasts.
            token = Native.session_token(handle.value(), now, -Math.max(host.backgroundTtlMillis, minTtlMillis));
            if (token != null && now >= backgroundNotBefore) {
                runIfIdle(SessionCall.token(minTtlMillis));
            }
        }
        if (!reachable || token == null) {
            return null;
        }
        String text = Utf8.decode(token);
        Utf8.wipe(token);
        return text.equals(rejecting) ? null : text;
    }

    private FlowResult heldResult(long minTtlMillis) {
        String held = held(minTtlMillis);
        FlowResult known = last;
        return held != null && known != null && held.equals(known.get("access_token")) ? known : null;
    }

    // ---- one flow at a time

    /** Null: the call is the session's now. Otherwise the one that is under way. */
    private SessionCall enter(SessionCall call) {
        lock.lock();
        try {
            SessionCall running = current;
            if (running == null) {
                current = call;
            }
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** In the background: what is under way now is enough, whatever it is. */
    private void runIfIdle(SessionCall call) {
        if (enter(call) == null) {
            start(call);
        }
    }

    private CompletableFuture<FlowResult> run(SessionCall call) {
        SessionCall running = enter(call);
        if (running == null) {
            start(call);
            return call.outcome;
        }
        if (running.serves(call)) {
            return running.outcome;
        }
        running.outcome.whenComplete((result, error) -> host.work(() -> again(call)));
        return call.outcome;
    }

    /** The flow before it has ended: its outcome may be enough. */
    private void again(SessionCall call) {
        try {
            FlowResult held = call.flow.equals("token") ? heldResult(call.minTtlMillis) : null;
            if (held != null) {
                call.outcome.complete(held);
                return;
            }
        } catch (IllegalStateException e) {
            call.outcome.completeExceptionally(e);
            return;
        }
        CompletableFuture<FlowResult> outcome = run(call);
        if (outcome != call.outcome) {
            outcome.whenComplete((result, error) -> {
                if (error != null) {
                    call.outcome.completeExceptionally(error);
                } else {
                    call.outcome.complete(result);
                }
            });
        }
    }

    private void start(SessionCall call) {
        Flow flow = null;
        try {
            flow = host.newFlow("session_" + call.flow, () -> {
                long made = Native.hlid_session_flow_new(handle.value(), Utf8.encode(call.flow));
                return reachable ? made : 0;
            });
            call.fill(flow);
        } catch (Throwable e) {
            if (flow != null) {
                flow.close();
            }
            leave(call, null, e);
            return;
        }
        host.start(flow, call.outcome, (step, error) -> {
            FlowResult result = null;
            Throwable failure = error;
            if (step instanceof Step.Done) {
                result = ((Step.Done) step).getResult();
            } else if (step instanceof Step.Failed) {
                failure = ((Step.Failed) step).getError();
            } else if (failure == null) {
                failure = HeadlessIdException.state("unexpected_step", "the session's flow is at " + step.getKind());
            }
            leave(call, result, failure);
        });
    }

    /** The same token as this process has it for later calls: had without a look at the store. */
    private static FlowResult held(FlowResult result) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String name : result.getNames()) {
            fields.put(name, result.get(name));
        }
        fields.put("refreshed", "false");
        fields.remove("refresh_failure");
        return new FlowResult(fields);
    }

    private void leave(SessionCall call, FlowResult result, Throwable error) {
        if (result != null && result.get("access_token") != null) {
            last = held(result);
        } else if (result != null) {
            last = null;
        }
        boolean failed = error != null || result != null && result.get("refresh_failure") != null;
        backgroundNotBefore = failed ? System.currentTimeMillis() + BACKGROUND_PAUSE_MILLIS : 0;
        lock.lock();
        try {
            current = null;
        } finally {
            lock.unlock();
        }
        if (error != null) {
            call.outcome.completeExceptionally(error);
        } else {
            call.outcome.complete(result);
        }
    }

    /** The flow that is under way; null: none. */
    @Nullable CompletableFuture<FlowResult> underWay() {
        lock.lock();
        try {
            return current == null ? null : current.outcome;
        } finally {
            lock.unlock();
        }
    }

    // ---- outcomes

    /** In the caller's thread, and not by way of the executor of callbacks, on which the caller may be. */
    private static FlowResult await(CompletableFuture<FlowResult> outcome) {
        try {
            return outcome.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            HeadlessIdException cancelled = HeadlessIdException.state("cancelled", "the thread was interrupted while it waited; the session's flow goes on");
            cancelled.initCause(e);
            throw cancelled;
        } catch (ExecutionException e) {
            throw thrown(e.getCause());
        }
    }

    private static RuntimeException thrown(Throwable error) {
        if (error instanceof HeadlessIdException) {
            return ((HeadlessIdException) error).here();
        }
        if (error instanceof IllegalStateException) {
            return new IllegalStateException(error.getMessage(), error);
        }
        if (error instanceof Error) {
            throw (Error) error;
        }
        return error instanceof RuntimeException ? (RuntimeException) error : new IllegalStateException(error);
    }

    /** A future of the caller's own: what the caller does with it reaches no one else. */
    private <T> CompletableFuture<T> outside(CompletableFuture<FlowResult> outcome, Function<FlowResult, T> conversion) {
        CompletableFuture<T> future = new CompletableFuture<>();
        outcome.whenComplete((result, error) -> host.callBack(() -> {
            if (error != null) {
                future.completeExceptionally(error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
            } else {
                future.complete(conversion.apply(result));
            }
        }));
        return future;
    }

    /** Never the key, which may be the id of a browser's session. */
    @Override
    public String toString() {
        FlowResult known = last;
        return "Session{" + (known == null ? "" : new SessionToken(known)) + "}";
    }
}
