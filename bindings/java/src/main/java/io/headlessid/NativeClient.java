package io.headlessid;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The native client and the one Java thread that receives the completions that no call waits for. A call that
 * waits does so in native code, where it turns the client's loop if no other thread does; on a virtual thread
 * it waits in Java instead, and releases its carrier.
 *
 * <p>The dispatcher thread frees the native handle as its last act. Each call in native code holds the read lock,
 * so the thread that has the write lock knows that no call uses the handle.
 */
final class NativeClient implements Driver {
    private static final int BATCH = 64;
    private static final AtomicLong NUMBER = new AtomicLong();

    private final ReentrantReadWriteLock handleLock = new ReentrantReadWriteLock();
    private final long client;
    private final long wake;

    private final AtomicLong tags = new AtomicLong();
    private final Map<Long, Operation> operations = new ConcurrentHashMap<>();
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean closed;
    private final Thread dispatcher;

    NativeClient(App app, long maxInFlight) {
        client = app.newClient(maxInFlight);
        wake = Native.wake_new();
        if (wake < 0) {
            Native.hlid_client_free(client);
            throw HeadlessIdException.state("no_descriptor", "the system has no file descriptor left for the client's wake-up");
        }
        dispatcher = new Thread(this::dispatch, "headlessid-dispatcher-" + NUMBER.incrementAndGet());
        dispatcher.setDaemon(true);
        try {
            dispatcher.start();
        } catch (Throwable e) {
            Native.hlid_client_free(client);
            Native.wake_free(wake);
            throw e;
        }
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
        // Until the end: the dispatcher frees the handle after that.
        handleLock.readLock().lock();
        try {
            flow.enterRun(operation, started -> startNative(started, tag, NativeConstants.HLID_START_ATTENDED));
            return flow.leaveRun(new Waiting(operation).await(client, tag));
        } finally {
            handleLock.readLock().unlock();
            operations.remove(tag);
        }
    }

    /** Waits in Java for the dispatcher, which takes the completion out of the queue. */
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
            flow.enterRun(operation, started -> startNative(started, tag, NativeConstants.HLID_START_QUEUE));
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
            if (closing.get()) {
                throw new IllegalStateException("this Client is closed");
            }
            Native.hlid_client_start(client, flow, tag, how);
        } finally {
            handleLock.readLock().unlock();
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
        if (closing.compareAndSet(false, true)) {
            // Blocks for a moment: every flow ends first. Then their completions are queued, and the calls that wait return.
            handleLock.readLock().lock();
            try {
                Native.hlid_client_close(client);
                closed = true;
                Native.wake(wake);
            } finally {
                handleLock.readLock().unlock();
            }
        }
        awaitDispatcher();
    }

    /** Everything is gone when close returns, unless the dispatcher itself calls it, in a callback. */
    private void awaitDispatcher() {
        boolean interrupted = false;
        while (Thread.currentThread() != dispatcher) {
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
        int descriptor = Native.hlid_client_fd(client);
        while (!closed) {
            Native.wait_readable(descriptor, wake, -1);
            drain();
        }
        // No flow can be starting once this is held, and none starts afterwards.
        handleLock.writeLock().lock();
        handleLock.writeLock().unlock();
        drain();
        Native.hlid_client_free(client);
        Native.wake_free(wake);
    }

    private void drain() {
        // {count, tag, step, tag, step, ...}
        long[] taken;
        do {
            taken = Native.client_take(client, BATCH);
            for (int i = 0; i < taken[0]; i++) {
                complete(taken[2 * i + 1], (int) taken[2 * i + 2]);
            }
        } while (taken[0] == BATCH);
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
            if (handler != null) {
                handler.uncaughtException(thread, e);
            }
        }
    }
}
