package io.headlessid;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * A flow that waits for a person: for the one-time password from a message, a password, a browser that returns.
 * Everything that follows goes through {@code verify}.
 *
 * <pre>{@code
 * Challenge<TokenSet> challenge = client.passwordlessLogin(r -> r.username(name).verificationMethod("email").guest(guest));
 * String ticket = challenge.seal();                       // text for a cookie, a form field, a Bundle
 * ...                                                     // another request, process, language
 * TokenSet me = client.resume(ticket, FlowKinds.PASSWORDLESS_LOGIN).verify("493027");
 * }</pre>
 *
 * <p>A wrong value throws a {@link HeadlessIdException} (see its predicates), and the challenge goes on: call
 * {@code verify} again, or {@code resend}. When the flow has failed or succeeded, the challenge has ended, and
 * further calls throw STATE, reason "wrong_step". A call that is cancelled or interrupted ends it, too: the
 * attempt may have been counted.
 *
 * <p>For one caller at a time: a concurrent call is refused with STATE, reason "busy". Closing is safe at any
 * time. An idle challenge holds no thread and no connection.
 *
 * @param <R> the flow's result
 */
public final class Challenge<R> implements AutoCloseable {
    private final FlowExecutor executor;
    private final SignStep signStep;
    private final FlowKind<R> kind;
    private final FlowRequest<R> request;
    private final Flow flow;
    private final Events.Watch watch;
    private final AtomicBoolean inUse = new AtomicBoolean();
    // Changed only by the call in use, and read by any thread.
    private volatile Step at;
    private transient volatile R result;
    private volatile String ticketId;
    private volatile boolean closed;

    /** Owns the flow from now on. `request`: receives the trace at the end; null after a ticket. */
    Challenge(FlowExecutor executor, SignStep signStep, FlowKind<R> kind, FlowRequest<R> request, Flow flow, Events.Watch watch) {
        this.executor = executor;
        this.signStep = signStep;
        this.kind = kind;
        this.request = request;
        this.flow = flow;
        this.watch = watch;
    }

    // ---- start

    Challenge<R> start() {
        Step step = executor.run(flow, signStep);
        arrive(step);
        return begun(step);
    }

    CompletableFuture<Challenge<R>> startAsync() {
        CompletableFuture<Challenge<R>> future = new CompletableFuture<>();
        future.whenComplete((made, error) -> {
            if (made != this) {
                close();
            }
        });
        executor.start(flow, signStep, future, (step, error) -> arrive(step), this::begun);
        return future;
    }

    /** After a ticket: nothing is sent. */
    Challenge<R> resume() {
        ticketId = flow.getTicketId();
        arrive(flow.next());
        return this;
    }

    private Challenge<R> begun(Step step) {
        if (step instanceof Step.Failed) {
            throw ((Step.Failed) step).getError().here();
        }
        return this;
    }

    // ---- state

    /** The flow's name in the catalogue. */
    public @NotNull String getFlow() {
        return kind.getName();
    }

    /**
     * The value that it waits for now: "otp", "new_password", "password", "callback_url"; null when it has ended, and where it
     * only shows a page.
     */
    public @Nullable String getAsks() {
        return ChallengeCall.askedIn(at);
    }

    /** The address for the person's browser; null if it needs none. */
    public @Nullable String getUrl() {
        Step step = at;
        return step instanceof Step.Show ? ((Step.Show) step).getUrl() : null;
    }

    /** A code for the person to type at {@link #getVerificationUri()}, or null; {@link #getUrl()} has it filled in. */
    public @Nullable String getCode() {
        Step step = at;
        return step instanceof Step.Show ? ((Step.Show) step).getCode() : null;
    }

    /** The address without the code; null if there is no code. */
    public @Nullable String getVerificationUri() {
        Step step = at;
        return step instanceof Step.Show ? ((Step.Show) step).getVerificationUri() : null;
    }

    /** The problem with the last attempt, or null. */
    public @Nullable HeadlessIdException getProblem() {
        Step step = at;
        return step instanceof Step.Failed ? ((Step.Failed) step).getError() : ChallengeCall.problemIn(step);
    }

    /** The flow's result; null until it has succeeded. */
    public @Nullable R getResult() {
        return result;
    }

    /**
     * The id of the last ticket, or of the one that this challenge came from, or null. Mark it as used in a
     * store, so that a ticket opens only once.
     */
    public @Nullable String getTicketId() {
        return ticketId;
    }

    // ---- verify

    /**
     * Gives the person's answer to the flow's first question: the one-time password, the password, the address
     * of the callback. Waits for the outcome.
     *
     * @return the flow's result
     * @throws HeadlessIdException the problem with the value; ARGUMENT with the name in {@code getField()} if the
     *     flow asks for another value, too
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull R verify(@NotNull CharSequence value) {
        return perform(verification(first(value)));
    }

    /** For a flow that only shows a page with a code (device): waits until the person has used it. */
    public @NotNull R verify() {
        return perform(verification(new Values()));
    }

    /** The same for a secret, which the caller clears afterwards. */
    public @NotNull R verify(char @NotNull [] value) {
        return perform(verification(first(value)));
    }

    /** The same for a secret as UTF-8, which the caller clears afterwards. */
    public @NotNull R verify(byte @NotNull [] value) {
        return perform(verification(first(value)));
    }

    /** The same with answers by their names in the catalogue: CharSequence, char[] or byte[]; a Map becomes JSON. */
    public @NotNull R verify(@NotNull Map<String, ?> answers) {
        return perform(verification(Answers.of(answers).values));
    }

    /** The same with answers named on the object that the consumer receives: {@code verify(a -> a.otp(otp).newPassword(chars))}. */
    public @NotNull R verify(@NotNull Consumer<Answers> answers) {
        return perform(verification(Answers.of(answers).values));
    }

    /** The same with the first answer, and others by name. */
    public @NotNull R verify(@NotNull CharSequence value, @NotNull Consumer<Answers> more) {
        return perform(verification(first(value, more)));
    }

    /** The same as {@link #verify(CharSequence)} without waiting. Cancelling the future ends the challenge. */
    public @NotNull CompletableFuture<R> verifyAsync(@NotNull CharSequence value) {
        return performAsync(verification(first(value)));
    }

    /** The same as {@link #verify()} without waiting. Cancelling the future ends the challenge. */
    public @NotNull CompletableFuture<R> verifyAsync() {
        return performAsync(verification(new Values()));
    }

    /** The same; the array is yours to clear once this has returned. */
    public @NotNull CompletableFuture<R> verifyAsync(char @NotNull [] value) {
        return performAsync(verification(first(value)));
    }

    /** The same; the array is yours to clear once this has returned. */
    public @NotNull CompletableFuture<R> verifyAsync(byte @NotNull [] value) {
        return performAsync(verification(first(value)));
    }

    /** The same as {@link #verify(Map)} without waiting. */
    public @NotNull CompletableFuture<R> verifyAsync(@NotNull Map<String, ?> answers) {
        return performAsync(verification(Answers.of(answers).values));
    }

    /** The same as {@link #verify(Consumer)} without waiting. */
    public @NotNull CompletableFuture<R> verifyAsync(@NotNull Consumer<Answers> answers) {
        return performAsync(verification(Answers.of(answers).values));
    }

    /** The same as {@link #verify(CharSequence, Consumer)} without waiting. */
    public @NotNull CompletableFuture<R> verifyAsync(@NotNull CharSequence value, @NotNull Consumer<Answers> more) {
        return performAsync(verification(first(value, more)));
    }

    // ---- resend

    /**
     * Sends the message again, and waits until the flow asks again.
     *
     * @throws HeadlessIdException "single_use_spent" if a reCAPTCHA token was used and no new one is given:
     *     then nothing has changed
     * @throws IllegalStateException after {@link #close}
     */
    public void resend() {
        perform(new ChallengeCall.Resend(new Values()));
    }

    /** The same with a new reCAPTCHA token, or, after a ticket, with data that it had no room for. */
    public void resend(@NotNull Consumer<Answers> values) {
        perform(new ChallengeCall.Resend(Answers.of(values).values));
    }

    /** The same as {@link #resend()} without waiting. */
    public @NotNull CompletableFuture<Void> resendAsync() {
        return resentAsync(new Values());
    }

    /** The same as {@link #resend(Consumer)} without waiting. */
    public @NotNull CompletableFuture<Void> resendAsync(@NotNull Consumer<Answers> values) {
        return resentAsync(Answers.of(values).values);
    }

    // ---- seal and close

    /** The same as {@link #seal(CharSequence)} for a ticket that is bound to nothing. */
    public @NotNull String seal() {
        return seal(null);
    }

    /**
     * The challenge as text (a ticket) for {@link Client#resume}, here or in any process with the same seal
     * keys; see {@link Flow#seal(CharSequence)}. The challenge itself goes on.
     *
     * @param binding ties the ticket to a value: the id of the person's session with the app, for example
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull String seal(@Nullable CharSequence binding) {
        enter();
        try {
            if (isOver()) {
                throw HeadlessIdException.state("wrong_step", "the challenge has ended");
            }
            String ticket = flow.seal(binding);
            ticketId = flow.getTicketId();
            return ticket;
        } finally {
            exit();
        }
    }

    /** Wipes its secrets, and ends a running call, which throws with reason "closed". Safe to call twice. */
    @Override
    public void close() {
        closed = true;
        // A running call frees the flow at its end.
        flow.cancel();
        if (inUse.compareAndSet(false, true)) {
            flow.close();
        }
    }

    /** The flow's name and the value that it asks for. */
    @Override
    public String toString() {
        String asks = getAsks();
        return "Challenge{" + kind.getName() + ", " + (closed ? "closed" : asks != null ? "asks " + asks : getCode() != null ? "shows a code" : "ended") + "}";
    }

    // ---- one call

    private Values first(Object value) {
        Values values = new Values();
        values.put(firstAsk(), value);
        return values;
    }

    private String firstAsk() {
        String asked = kind.getFirstAsk();
        if (asked == null) {
            throw HeadlessIdException.state("wrong_step", "the challenge does not wait for a value");
        }
        return asked;
    }

    private Values first(CharSequence value, Consumer<Answers> more) {
        Values values = Answers.of(more).values;
        values.put(firstAsk(), value);
        return values;
    }

    private ChallengeCall verification(Values values) {
        return new ChallengeCall.Verify(values, kind.getAsks());
    }

    private R perform(ChallengeCall call) {
        Step step = null;
        try {
            enter();
            try {
                prepare(call);
                step = executor.run(flow, signStep);
            } finally {
                leave(step);
            }
            return outcome(call, step);
        } finally {
            call.wipe();
        }
    }

    private CompletableFuture<R> performAsync(ChallengeCall call) {
        return performAsync(call, step -> outcome(call, step));
    }

    private CompletableFuture<Void> resentAsync(Values values) {
        ChallengeCall call = new ChallengeCall.Resend(values);
        return performAsync(call, step -> {
            outcome(call, step);
            return null;
        });
    }

    private <T> CompletableFuture<T> performAsync(ChallengeCall call, FlowExecutor.Conversion<T> conversion) {
        CompletableFuture<T> future = new CompletableFuture<>();
        boolean entered = false;
        try {
            enter();
            entered = true;
            prepare(call);
        } catch (HeadlessIdException e) {
            future.completeExceptionally(e);
        } catch (Throwable e) {
            release(call, entered);
            throw e;
        }
        if (future.isDone()) {
            release(call, entered);
            return future;
        }
        executor.start(flow, signStep, future, (step, error) -> {
            call.wipe();
            leave(step);
        }, conversion);
        return future;
    }

    private void release(ChallengeCall call, boolean entered) {
        call.wipe();
        if (entered) {
            exit();
        }
    }

    private void enter() {
        if (closed) {
            throw new IllegalStateException("this Challenge is closed");
        }
        if (!inUse.compareAndSet(false, true)) {
            throw HeadlessIdException.state("busy", "the challenge is in use by another call");
        }
    }

    private void exit() {
        inUse.set(false);
        if (closed) {
            flow.close();
        }
    }

    private void prepare(ChallengeCall call) {
        if (isOver()) {
            throw HeadlessIdException.state("wrong_step", "the challenge has ended: " + (result != null
                    ? "its result is in getResult" : "getProblem says why, and the flow begins again"));
        }
        call.begin(flow, at);
    }

    /** null: the run threw an exception, which need not be the flow's end. */
    private void leave(Step step) {
        try {
            arrive(step == null ? endOf(flow) : step);
        } finally {
            exit();
        }
    }

    private static Step endOf(Flow flow) {
        try {
            Step now = flow.next();
            return now instanceof Step.Failed ? now : null;
        } catch (HeadlessIdException | IllegalStateException e) {
            // The run's own exception matters more.
            return null;
        }
    }

    /** The flow is at this step; null: where it was. */
    private void arrive(Step step) {
        if (step == null || isOver()) {
            return;
        }
        if (step instanceof Step.Done) {
            result = kind.read(((Step.Done) step).getResult());
        }
        at = step;
        if (isOver()) {
            try {
                watch.end(flow, step);
                if (request != null && !closed) {
                    request.tellTrace(flow);
                }
            } finally {
                flow.close();
            }
        }
    }

    private boolean isOver() {
        return at instanceof Step.Done || at instanceof Step.Failed;
    }

    /** The outcome of a call: the result, or its error, thrown. A successful resend returns null. */
    private R outcome(ChallengeCall call, Step step) {
        if (step instanceof Step.Done) {
            return result;
        }
        if (step instanceof Step.Failed) {
            throw closed ? HeadlessIdException.state("closed", "the challenge was closed") : ((Step.Failed) step).getError().here();
        }
        HeadlessIdException wrong = call.wrongWith(step);
        if (wrong != null) {
            throw wrong;
        }
        return null;
    }
}
