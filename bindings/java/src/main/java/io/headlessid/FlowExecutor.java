package io.headlessid;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs a client's flows: on its driver, with a handler for the steps on the way, futures completed on its executor. */
final class FlowExecutor {
    private final Driver driver;
    private final Executor executor;
    private final Object keepAlive;

    /** @param keepAlive stays reachable while a flow runs */
    FlowExecutor(Driver driver, Executor executor, Object keepAlive) {
        this.driver = driver;
        this.executor = executor;
        this.keepAlive = keepAlive;
    }

    /** Turns the step that a flow reached into the value of its future; may throw. */
    interface Conversion<T> {
        T of(Step step);
    }

    /** Runs a flow until it has ended or reaches a step that the handler cannot answer, and waits. */
    Step run(Flow flow, StepHandler host) {
        while (true) {
            Step step = driver.run(flow, keepAlive);
            if (!host.has(step)) {
                return step;
            }
            host.give(flow, step);
        }
    }

    /**
     * The same without waiting. `first` is called exactly once when the flow stops, in a thread that it must
     * not block; then the future is completed on the executor. Completing the future from outside cancels
     * the flow, unless it has stopped.
     */
    <T> void start(Flow flow, StepHandler host, CompletableFuture<T> future, Driver.Ended first, Conversion<T> conversion) {
        Run run = new Run(flow, host, (step, error) -> {
            try {
                first.accept(step, error);
            } finally {
                complete(future, step, error, conversion);
            }
        });
        try {
            run.go();
        } catch (HeadlessIdException | RejectedExecutionException e) {
            first.accept(null, e);
            future.completeExceptionally(e);
            return;
        } catch (Throwable e) {
            first.accept(null, e);
            throw e;
        }
        // Also if the app completes it: with a deadline of its own, for example.
        future.whenComplete((value, error) -> run.cancel());
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

    /** One flow's run: at any time it is with the driver, or with the handler on the executor. */
    final class Run implements Driver.Ended {
        private final Flow flow;
        private final StepHandler host;
        private final Driver.Ended ended;
        private volatile Runnable cancelStage;
        private volatile boolean stopped;

        Run(Flow flow, StepHandler host, Driver.Ended ended) {
            this.flow = flow;
            this.host = host;
            this.ended = ended;
        }

        void go() {
            cancelStage = driver.start(flow, keepAlive, this);
        }

        @Override
        public void accept(Step step, Throwable error) {
            if (error != null || !host.has(step)) {
                stop(step, error);
                return;
            }
            try {
                executor.execute(() -> give(step));
            } catch (RejectedExecutionException e) {
                stop(null, e);
            }
        }

        private void give(Step step) {
            try {
                host.give(flow, step);
                go();
            } catch (Throwable e) {
                stop(null, e);
            }
        }

        private void stop(Step step, Throwable error) {
            stopped = true;
            ended.accept(step, error);
        }

        void cancel() {
            if (stopped) {
                return;
            }
            Runnable stage = cancelStage;
            if (stage != null) {
                stage.run();
            }
            // If the handler is at work just now, or the stage was the previous one.
            flow.cancel();
        }
    }
}
