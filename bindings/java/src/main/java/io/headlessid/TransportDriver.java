package io.headlessid;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs the flows of a client on the app's own transport: waiting calls in the caller's thread, the others on the executor. */
final class TransportDriver implements Driver {
    private final Transport transport;
    private final Executor executor;
    private final Set<Run> running;
    private final AtomicBoolean closed;

    TransportDriver(Transport transport, Executor executor) {
        this(transport, executor, ConcurrentHashMap.newKeySet(), new AtomicBoolean());
    }

    private TransportDriver(Transport transport, Executor executor, Set<Run> running, AtomicBoolean closed) {
        this.transport = transport;
        this.executor = executor;
        this.running = running;
        this.closed = closed;
    }

    /** A flow in flight, and how it is ended before its time. */
    static final class Run {
        final Flow flow;
        /** Opens when the flow is to end: a wait before a repetition ends with it. */
        final CountDownLatch ending = new CountDownLatch(1);
        /** Null: it waits in a thread of its own. */
        final FlowRunner.AsyncRun async;
        private volatile boolean closing;

        Run(Flow flow, FlowRunner.AsyncRun async) {
            this.flow = flow;
            this.async = async;
        }

        void cancel() {
            flow.cancel();
            ending.countDown();
        }

        void close() {
            closing = true;
            cancel();
            if (async != null) {
                async.end();
            }
        }

        /** The flow itself can only be cancelled; why is known here. */
        Step ended(Step step) {
            if (closing && step instanceof Step.Failed && ((Step.Failed) step).getError().isCancelled()) {
                return new Step.Failed(((Step.Failed) step).getError().because("closed", "the client was closed"));
            }
            return step;
        }
    }

    @Override
    public Driver on(Executor other) {
        return new TransportDriver(transport, other, running, closed);
    }

    @Override
    public Step run(Flow flow, Object keepAlive) {
        Run run = enter(new Run(flow, null));
        try {
            return run.ended(FlowRunner.run(flow, transport, run.ending));
        } finally {
            running.remove(run);
        }
    }

    @Override
    public Runnable start(Flow flow, Object keepAlive, Ended ended) {
        if (transport instanceof AsyncTransport) {
            FlowRunner.AsyncRun async = new FlowRunner.AsyncRun(flow, (AsyncTransport) transport, executor);
            Run run = enter(new Run(flow, async));
            async.future.whenComplete((step, error) -> {
                running.remove(run);
                ended.accept(run.ended(step), error);
            });
            async.step();
            return () -> async.future.cancel(true);
        }
        Run run = enter(new Run(flow, null));
        try {
            executor.execute(() -> runAndTell(run, ended));
        } catch (RejectedExecutionException e) {
            running.remove(run);
            throw e;
        }
        return run::cancel;
    }

    private void runAndTell(Run run, Ended ended) {
        Step step = null;
        Throwable error = null;
        try {
            step = run.ended(FlowRunner.run(run.flow, transport, run.ending));
        } catch (Throwable e) {
            error = e;
        } finally {
            running.remove(run);
        }
        ended.accept(step, error);
    }

    private Run enter(Run run) {
        running.add(run);
        if (closed.get()) {
            running.remove(run);
            throw new IllegalStateException("this Client is closed");
        }
        return run;
    }

    @Override
    public int inFlight() {
        return running.size();
    }

    /** Every flow ends as closed: an asynchronous exchange is cancelled, one that waits ends when the transport returns. */
    @Override
    public void close() {
        closed.set(true);
        for (Run run : running) {
            run.close();
        }
    }
}
