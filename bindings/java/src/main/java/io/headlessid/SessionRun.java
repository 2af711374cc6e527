package io.headlessid;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

/**
 * Runs one flow of a session to its end: requests with the client's driver, STORE with the host's store. Nothing here cancels
 * it: between a refresh and the next save that would lose the session.
 */
final class SessionRun implements Driver.Ended {
    private final Driver driver;
    private final AsyncSessionStore store;
    private final Duration storeTimeout;
    private final Object keepAlive;
    private final Flow flow;
    private final Driver.Ended ended;
    // At any time one thread is in here: the driver's, or the one that completes a store's stage.
    private volatile Throwable fault;

    SessionRun(Driver driver, AsyncSessionStore store, Duration storeTimeout, Object keepAlive, Flow flow, Driver.Ended ended) {
        this.driver = driver;
        this.store = store;
        this.storeTimeout = storeTimeout;
        this.keepAlive = keepAlive;
        this.flow = flow;
        this.ended = ended;
    }

    void go() {
        try {
            driver.start(flow, keepAlive, this);
        } catch (Throwable e) {
            ended.accept(null, e);
        }
    }

    @Override
    public void accept(Step step, Throwable error) {
        if (error == null && step instanceof Step.Store) {
            ask((Step.Store) step);
            return;
        }
        Throwable cause = fault;
        if (cause != null && step instanceof Step.Failed) {
            HeadlessIdException failure = ((Step.Failed) step).getError();
            if (failure.getReason().equals("store_fault") && failure.getCause() == null) {
                failure.initCause(cause);
            }
        }
        ended.accept(step, error);
    }

    private void ask(Step.Store step) {
        CompletableFuture<Object> reply = new CompletableFuture<>();
        String limit = "the store did not respond within " + storeTimeout.toMillis() + " ms";
        Future<?> timer = Delays.after(storeTimeout.toMillis(), () -> reply.completeExceptionally(new TimeoutException(limit)));
        reply.whenComplete((value, thrown) -> {
            timer.cancel(false);
            try {
                give(step, value, thrown);
            } catch (Throwable e) {
                // The client was closed, which has ended the flow. Otherwise our own mistake, which must not leave callers waiting.
                ended.accept(null, e);
                return;
            }
            go();
        });
        try {
            CompletionStage<?> stage = StoreStep.ask(step, store);
            stage.whenComplete((value, thrown) -> {
                if (thrown != null) {
                    reply.completeExceptionally(thrown);
                } else {
                    reply.complete(value);
                }
            });
        } catch (Throwable e) {
            reply.completeExceptionally(e);
        }
    }

    private void give(Step.Store step, Object value, Throwable thrown) {
        Throwable why = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (why == null && !StoreStep.give(step, flow, value)) {
            why = new SessionStoreException("the store gave null instead of true or false", null);
        }
        if (why != null) {
            fault = why;
            flow.giveStoreFault(textOf(why));
        }
    }

    /** Of a foreign exception its class and not its message, which may quote a key or a password. */
    private static String textOf(Throwable why) {
        boolean isOurs = why instanceof SessionStoreException || why.getClass() == TimeoutException.class;
        String message = isOurs ? why.getMessage() : null;
        return message == null ? why.getClass().getName() : message.replace('\r', ' ').replace('\n', ' ');
    }
}
