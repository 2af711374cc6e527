package io.headlessid;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** What the sessions of one store share: the driver of their flows, the store, the threads that may wait. */
final class SessionHost {
    private static final int STORE_THREADS = 16;
    private static final int IDLE_SECONDS = 10;
    private static final long CLOSE_SECONDS = 60;
    private static final AtomicLong NUMBER = new AtomicLong();

    private final Object keepAlive;
    private final Driver driver;
    private final AsyncSessionStore store;
    // Null: the app's executor does the work.
    private final ThreadPoolExecutor pool;
    private final Executor work;
    private final Executor callbacks;
    private final Events events;
    private final boolean background;
    private final Duration storeTimeout;
    private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    /** A token that is handed out while it is refreshed has this long to live, or half its life. For tests to change. */
    volatile long backgroundTtlMillis = 10_000;

    /**
     * @param keepAlive the client: stays reachable while a flow runs
     * @param store a {@link SessionStore} or an {@link AsyncSessionStore}
     * @param storeExecutor null: threads of its own
     */
    SessionHost(Object keepAlive, Driver driver, Object store, Executor storeExecutor, Executor callbacks, Events events, boolean background,
            Duration storeTimeout) {
        this.keepAlive = keepAlive;
        this.pool = storeExecutor == null ? newPool() : null;
        this.work = storeExecutor == null ? pool : storeExecutor;
        this.store = store instanceof AsyncSessionStore ? (AsyncSessionStore) store : new BlockingStore((SessionStore) store, work);
        // An app's own transport may wait, and the caller of a session may be on the client's executor.
        this.driver = driver.on(work);
        this.callbacks = callbacks;
        this.events = events;
        this.background = background;
        this.storeTimeout = storeTimeout;
    }

    private static ThreadPoolExecutor newPool() {
        long number = NUMBER.incrementAndGet();
        AtomicLong threads = new AtomicLong();
        ThreadPoolExecutor made = new ThreadPoolExecutor(STORE_THREADS, STORE_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "headlessid-store-" + number + "-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        made.allowCoreThreadTimeOut(true);
        return made;
    }

    void checkOpen() {
        if (closed) {
            throw new IllegalStateException("these Sessions are closed");
        }
    }

    boolean refreshesInBackground() {
        return background;
    }

    /** Makes a native flow. */
    interface Making {
        long make();
    }

    Flow newFlow(String name, Making making) {
        checkOpen();
        return new Flow(name, making.make());
    }

    /** Runs a flow to its end, and closes it. `outcome`: what {@link #close} waits for; `ended` completes it, also if nothing starts. */
    void start(Flow flow, CompletableFuture<?> outcome, Driver.Ended ended) {
        Events.Watch watch;
        try {
            watch = events.watch(flow);
        } catch (Throwable e) {
            flow.close();
            ended.accept(null, e);
            return;
        }
        underWay.add(outcome);
        outcome.whenComplete((result, error) -> underWay.remove(outcome));
        new SessionRun(driver, store, storeTimeout, keepAlive, flow, (step, error) -> {
            try {
                watch.end(flow, step);
            } finally {
                flow.close();
                ended.accept(step, error);
            }
        }).go();
    }

    /** In a thread that may wait. */
    void work(Runnable task) {
        execute(work, task);
    }

    void callBack(Runnable task) {
        execute(callbacks, task);
    }

    private static void execute(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // An executor that was shut down must not leave callers waiting.
            task.run();
        }
    }

    /** Waits for the flows that are under way, at most a minute. Safe to call twice. */
    void close() {
        closed = true;
        try {
            CompletableFuture.allOf(underWay.toArray(new CompletableFuture<?>[0])).get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // Those who wait for them are told.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (pool != null) {
            pool.shutdown();
        }
    }
}
