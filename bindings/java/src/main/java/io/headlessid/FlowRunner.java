package io.headlessid;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jetbrains.annotations.NotNull;

/**
 * Runs flows on the app's own HTTP stack until they have ended or need the host (ASK, SHOW, SIGN): give the
 * value, and run the flow again.
 */
public final class FlowRunner {
    private FlowRunner() {}

    /**
     * Runs in this thread. An interrupt ends a WAIT: the flow is then cancelled and the thread stays
     * interrupted; what an interrupt does during an exchange is up to the transport.
     *
     * @return {@link Step.Done}, {@link Step.Failed}, or a step for the host
     */
    public static @NotNull Step run(@NotNull Flow flow, @NotNull Transport transport) {
        return run(flow, transport, new CountDownLatch(1));
    }

    /** The same for one who ends the flow, and opens `ending` then: it ends a WAIT. */
    static Step run(Flow flow, Transport transport, CountDownLatch ending) {
        Throwable cause = null;
        while (true) {
            Step step = flow.next();
            if (step instanceof Step.Send) {
                cause = exchange(flow, ((Step.Send) step).getRequest(), transport);
            } else if (step instanceof Step.Wait) {
                waitUntil(flow, ((Step.Wait) step).getUntilMillis(), ending);
            } else {
                return explained(step, cause);
            }
        }
    }

    /**
     * Runs a request's flow in this thread, from start to end.
     *
     * @throws HeadlessIdException the flow's error
     */
    public static <R> @NotNull R run(@NotNull App app, @NotNull FlowRequest<R> request, @NotNull Transport transport) {
        request.checkWhole();
        try (Flow flow = app.newFlow(request)) {
            Step step = run(flow, transport);
            request.tellTrace(flow);
            return request.finish(step);
        }
    }

    /** The same without waiting, on the common pool. Cancelling the future cancels the flow and the exchange under way. */
    public static @NotNull CompletableFuture<Step> runAsync(@NotNull Flow flow, @NotNull AsyncTransport transport) {
        return runAsync(flow, transport, ForkJoinPool.commonPool());
    }

    /** The same on the caller's executor, which needs a few microseconds after each response. */
    public static @NotNull CompletableFuture<Step> runAsync(@NotNull Flow flow, @NotNull AsyncTransport transport,
            @NotNull Executor executor) {
        AsyncRun run = new AsyncRun(flow, transport, executor);
        run.step();
        return run.future;
    }

    /** Null, or why no response was received. */
    private static Throwable exchange(Flow flow, HttpRequest request, Transport transport) {
        HttpResponse response = null;
        Throwable thrown = null;
        try {
            response = transport.send(request);
            if (response == null) {
                thrown = new NullPointerException("the transport returned null");
            }
        } catch (Throwable e) {
            thrown = e;
        } finally {
            Arrays.fill(request.getBody(), (byte) 0);
        }
        give(flow, response, thrown);
        if (thrown instanceof Error) {
            // No memory, a broken class: the flow knows, and the error must not be hidden.
            throw (Error) thrown;
        }
        return thrown;
    }

    private static void give(Flow flow, HttpResponse response, Throwable thrown) {
        try {
            if (thrown == null) {
                flow.giveResponse(response);
            } else if (thrown instanceof NoResponseException) {
                NoResponseException fault = (NoResponseException) thrown;
                flow.giveNoResponse(fault.getSent(), fault.getReason(), thrown.getMessage());
            } else {
                // Its class and not its message, which may quote a secret.
                flow.giveNoResponse(NoResponseException.Sent.MAYBE, thrown.getClass().getName());
            }
        } catch (HeadlessIdException e) {
            // The flow may have been cancelled meanwhile, or the response was over the limits and has ended it;
            // either way next() reports it. Anything else would be our bug.
            if (e.getKind() == ErrorKind.ARGUMENT) {
                throw e;
            }
        }
    }

    private static void waitUntil(Flow flow, long untilMillis, CountDownLatch ending) {
        try {
            long left = untilMillis - System.currentTimeMillis();
            if (left > 0) {
                ending.await(left, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            flow.cancel();
            Thread.currentThread().interrupt();
        }
    }

    private static Step explained(Step step, Throwable cause) {
        if (cause != null && step instanceof Step.Failed && ((Step.Failed) step).getError().getCause() == null) {
            ((Step.Failed) step).getError().initCause(cause);
        }
        return step;
    }

    /** One asynchronous run: at any time there is one exchange, one wait, or one call of step(). */
    static final class AsyncRun {
        final CompletableFuture<Step> future = new CompletableFuture<>();
        private final Flow flow;
        private final AsyncTransport transport;
        private final Executor executor;
        private volatile CompletableFuture<HttpResponse> exchange;
        private volatile Future<?> delay;
        private volatile boolean ending;
        private volatile Throwable cause;

        AsyncRun(Flow flow, AsyncTransport transport, Executor executor) {
            this.flow = flow;
            this.transport = transport;
            this.executor = executor;
            future.whenComplete((step, error) -> {
                if (error != null) {
                    abandon();
                }
            });
        }

        /** The future was cancelled, or completed from outside, or this run failed. */
        private void abandon() {
            flow.cancel();
            breakOff();
        }

        /** Ends the flow as cancelled, and what it waits for now; the future is completed with the step that it then reaches. */
        void end() {
            ending = true;
            flow.cancel();
            breakOff();
            endDelay();
        }

        private void breakOff() {
            CompletableFuture<HttpResponse> running = exchange;
            if (running != null) {
                running.cancel(true);
            }
        }

        /** The thread that cancels it goes on in its place. */
        private void endDelay() {
            Future<?> waiting = delay;
            if (waiting != null && waiting.cancel(false)) {
                execute(this::step);
            }
        }

        void step() {
            if (future.isDone()) {
                return;
            }
            try {
                Step step = flow.next();
                if (step instanceof Step.Send) {
                    send(((Step.Send) step).getRequest());
                } else if (step instanceof Step.Wait) {
                    delay = Delays.after(((Step.Wait) step).getUntilMillis() - System.currentTimeMillis(), () -> execute(this::step));
                    if (ending) {
                        endDelay();
                    }
                } else {
                    future.complete(explained(step, cause));
                }
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        }

        private void send(HttpRequest request) {
            CompletableFuture<HttpResponse> sent;
            try {
                sent = transport.sendAsync(request);
            } catch (Exception e) {
                sent = new CompletableFuture<>();
                sent.completeExceptionally(e);
            }
            exchange = sent;
            if (ending || future.isDone()) {
                sent.cancel(true);
            }
            sent.whenComplete((response, error) -> execute(() -> responded(request, response, error)));
        }

        private void responded(HttpRequest request, HttpResponse response, Throwable error) {
            Arrays.fill(request.getBody(), (byte) 0);
            if (future.isDone()) {
                return;
            }
            Throwable thrown = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            if (thrown == null && response == null) {
                thrown = new NullPointerException("the transport's future completed with null");
            }
            cause = thrown instanceof CancellationException ? null : thrown;
            try {
                give(flow, response, thrown);
            } catch (Throwable e) {
                future.completeExceptionally(e);
                return;
            }
            step();
        }

        private void execute(Runnable work) {
            try {
                executor.execute(work);
            } catch (RuntimeException e) {
                // An executor that was shut down must not leave the caller waiting.
                if (ending) {
                    work.run();
                } else {
                    future.completeExceptionally(e);
                }
            }
        }
    }
}
