package io.headlessid;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The native client and its dispatcher: the one Java thread that waits for the flows that no call waits for, and
 * starts with the first of them. It and every call that waits do so in native code, where they turn the client's
 * loop if no other thread does; on a virtual thread a call waits in Java instead, and releases its carrier.
 *
 * <p>Each call in native code holds the read lock, so the thread that has the write lock knows that no call uses
 * the handle, and frees it: the dispatcher as its last act, or, if it was never started, the call that closes.
 */
final class NativeClient implements Driver {
    private static final int BATCH = 64;
    private static final AtomicLong NUMBER = new AtomicLong();

    private final ReentrantReadWriteLock handleLock = new ReentrantReadWriteLock();
    private final ReentrantLock startLock = new ReentrantLock();
    private final long client;

    private final AtomicLong tags = new AtomicLong();
    private final Map<Long, Operation> operations = new ConcurrentHashMap<>();
    private volatile boolean closing;
    // What it inherits from a thread it has from the one that makes the client, not from the first that needs it.
    private final Thread dispatcher;
    // {tag, step, tag, step, ...}: the dispatcher's, and made before it, which must not run out of memory.
    private final long[] taken = new long[2 * BATCH];
    private volatile boolean isStarted;
    // Guarded by handleLock.
    private boolean isFree;

    NativeClient(App app, long maxInFlight) {
        this(app, maxInFlight, Thread::new);
    }

    /** @param threads makes the dispatcher; for tests */
    NativeClient(App app, long maxInFlight, ThreadFactory threads) {
        dispatcher = threads.newThread(this::dispatch);
        dispatcher.setName("headlessid-dispatcher-" + NUMBER.incrementAndGet());
        dispatcher.setDaemon(true);
        client = app.newClient(maxInFlight);
    }

    /** A flow in flight. Keeps the flow and its client reachable: a forgotten client must not end a flow that a caller waits for. */
    static final class Operation {
        final Flow flow;
        final Object keepAlive;
        final Ended ended;

        Operation(Flow flow, Object keepAlive, Ended ended) {
            this.flow = flow;
            this.keepAlive = keepAlive;
            this.ended = ended;
        }

        void cancel() {
            flow.cancelRun(this);
        }
    }

    /** A call that waits in native code. An interrupt cancels its flow at once, by the way that closes a channel. */
    static final class Waiting extends AbstractInterruptibleChannel {
        private final Operation operation;

        Waiting(Operation operation) {
            this.operation = operation;
        }

        int await(long client, long tag) {
            begin();
            try {
                return Native.client_wait(client, tag);
            } finally {
                try {
                    end(true);
                } catch (AsynchronousCloseException e) {
                    // Only an interrupt closes it: the flow ends as "cancelled" unless it has just ended, and the thread stays interrupted.
                }
            }
        }

        @Override
        protected void implCloseChannel() {
            operation.cancel();
        }
    }

    @Override
    public Step run(Flow flow, Object keepAlive) {
        if (Virtual.isCurrentThread()) {
            return runFromQueue(flow, keepAlive);
        }
        Operation operation = new Operation(flow, keepAlive, null);
        long tag = tags.incrementAndGet();
        operations.put(tag, operation);
        // Until the end: the handle is freed after that.
        handleLock.readLock().lock();
        try {
            flow.enterRun(operation, started -> startNative(started, tag, NativeConstants.HLID_START_ATTENDED));
            return flow.leaveRun(new Waiting(operation).await(client, tag));
        } finally {
            handleLock.readLock().unlock();
            operations.remove(tag);
        }
    }

    /** Waits in Java for the dispatcher. */
    private Step runFromQueue(Flow flow, Object keepAlive) {
        CountDownLatch latch = new CountDownLatch(1);
        Object[] outcome = new Object[2];
        Operation operation = begin(flow, keepAlive, (step, error) -> {
            outcome[0] = step;
            outcome[1] = error;
            latch.countDown();
        });
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                // The flow ends soon as "cancelled", unless it has just ended; either way it ends once.
                interrupted = true;
                operation.cancel();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (outcome[1] instanceof RuntimeException) {
            throw (RuntimeException) outcome[1];
        }
        if (outcome[1] instanceof Error) {
            throw (Error) outcome[1];
        }
        return (Step) outcome[0];
    }

    @Override
    public Runnable start(Flow flow, Object keepAlive, Ended ended) {
        return begin(flow, keepAlive, ended)::cancel;
    }

    private Operation begin(Flow flow, Object keepAlive, Ended ended) {
        Operation operation = new Operation(flow, keepAlive, ended);
        long tag = tags.incrementAndGet();
        // Before the start: the completion may arrive before the start returns.
        operations.put(tag, operation);
        try {
            flow.enterRun(operation, started -> startNative(started, tag, NativeConstants.HLID_START_ANY));
        } catch (Throwable e) {
            operations.remove(tag);
            throw e;
        }
        return operation;
    }

    /** Called by the flow, which holds its own lock. */
    private void startNative(long flow, long tag, int how) {
        handleLock.readLock().lock();
        try {
            if (closing) {
                throw new IllegalStateException("this Client is closed");
            }
            if (how == NativeConstants.HLID_START_ANY && !isStarted) {
                startDispatcher();
            }
            Native.hlid_client_start(client, flow, tag, how);
        } finally {
            handleLock.readLock().unlock();
        }
    }

    /** With the read lock: it is started before the call that closes asks whether it was, or not at all. */
    private void startDispatcher() {
        startLock.lock();
        try {
            if (!isStarted) {
                dispatcher.start();
                isStarted = true;
            }
        } catch (OutOfMemoryError e) {
            // The system has no thread left. The next flow tries again.
            throw HeadlessIdException.state(Advice.RETRY_LATER, "no_client", "the client's thread could not be made");
        } finally {
            startLock.unlock();
        }
    }

    /** Needs no thread of an executor. */
    @Override
    public Driver on(Executor executor) {
        return this;
    }

    @Override
    public int inFlight() {
        return operations.size();
    }

    @Override
    public void close() {
        closing = true;
        handleLock.readLock().lock();
        try {
            // Blocks for a moment: every flow ends first. Then the calls that wait return, the dispatcher's after the last completion.
            if (!isFree) {
                Native.hlid_client_close(client);
            }
        } finally {
            handleLock.readLock().unlock();
        }
        // Everything is gone when this returns, unless the dispatcher itself calls it, in a callback.
        if (Thread.currentThread() != dispatcher) {
            free(false);
            awaitDispatcher();
        }
    }

    /** No flow can be starting once the write lock is held, and none starts afterwards. */
    private void free(boolean byDispatcher) {
        handleLock.writeLock().lock();
        try {
            if (!isFree && isStarted == byDispatcher) {
                isFree = true;
                Native.hlid_client_free(client);
            }
        } finally {
            handleLock.writeLock().unlock();
        }
    }

    private void awaitDispatcher() {
        boolean interrupted = false;
        while (true) {
            try {
                dispatcher.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void dispatch() {
        int count;
        // 0: the client is closed, and every flow has been reported.
        while ((count = Native.client_wait_any(client, taken)) > 0) {
            for (int i = 0; i < count; i++) {
                try {
                    complete(taken[2 * i], (int) taken[2 * i + 1]);
                } catch (OutOfMemoryError e) {
                    // Not even enough to find the operation: the others still end, and so does the client.
                }
            }
        }
        free(true);
    }

    private void complete(long tag, int step) {
        Operation operation = operations.remove(tag);
        if (operation == null) {
            return;
        }
        Step reached = null;
        Throwable error = null;
        try {
            reached = operation.flow.leaveRun(step);
        } catch (Throwable e) {
            error = e;
        }
        try {
            operation.ended.accept(reached, error);
        } catch (Throwable e) {
            // Whatever the app's code throws in here, the next flow's end must still be reported.
            Thread thread = Thread.currentThread();
            Thread.UncaughtExceptionHandler handler = thread.getUncaughtExceptionHandler();
            try {
                if (handler != null) {
                    handler.uncaughtException(thread, e);
                }
            } catch (Throwable ignored) {
                // As the VM does.
            }
        }
    }
}
