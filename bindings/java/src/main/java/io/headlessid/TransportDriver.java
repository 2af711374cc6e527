package io.headlessid;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs the flows of a client on the app's own transport: waiting calls in the caller's thread, the others on the executor. */
final class TransportDriver implements Driver {
    private final Transport transport;
    private final Executor executor;
    private final Set<Flow> running;
    private final AtomicBoolean closed;

    TransportDriver(Transport transport, Executor executor) {
        this(transport, executor, ConcurrentHashMap.newKeySet(), new AtomicBoolean());
    }

    private TransportDriver(Transport transport, Executor executor, Set<Flow> running, AtomicBoolean closed) {
        this.transport = transport;
        this.executor = executor;
        this.running = running;
        this.closed = closed;
    }

    @Override
    public Driver on(Executor other) {
        return new TransportDriver(transport, other, running, closed);
    }

    @Override
    public Step run(Flow flow, Object keepAlive) {
        enter(flow);
        try {
            return FlowRunner.run(flow, transport);
        } finally {
            running.remove(flow);
        }
    }

    @Override
    public Runnable start(Flow flow, Object keepAlive, Ended ended) {
        enter(flow);
        if (transport instanceof AsyncTransport) {
            CompletableFuture<Step> future = FlowRunner.runAsync(flow, (AsyncTransport) transport, executor);
            future.whenComplete((step, error) -> {
                running.remove(flow);
                ended.accept(step, error);
            });
            return () -> future.cancel(true);
        }
        try {
            executor.execute(() -> runAndTell(flow, ended));
        } catch (RejectedExecutionException e) {
            running.remove(flow);
            throw e;
        }
        return flow::cancel;
    }

    private void runAndTell(Flow flow, Ended ended) {
        Step step = null;
        Throwable error = null;
        try {
            step = FlowRunner.run(flow, transport);
        } catch (Throwable e) {
            error = e;
        } finally {
            running.remove(flow);
        }
        ended.accept(step, error);
    }

    private void enter(Flow flow) {
        running.add(flow);
        if (closed.get()) {
            running.remove(flow);
            throw new IllegalStateException("this Client is closed");
        }
    }

    @Override
    public int inFlight() {
        return running.size();
    }

    /** Every flow ends as cancelled; if an exchange is under way, as soon as the transport returns. */
    @Override
    public void close() {
        closed.set(true);
        for (Flow flow : running) {
            flow.cancel();
        }
    }
}
