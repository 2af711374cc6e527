package io.headlessid;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs work later, for WAIT steps and time limits without a waiting thread. Its one thread ends after a second without work. */
final class Delays {
    private static final ScheduledThreadPoolExecutor POOL = pool();

    private Delays() {}

    /** Cancelling the future forgets the work at once. */
    static Future<?> after(long millis, Runnable work) {
        return POOL.schedule(work, Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor pool() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "headlessid-delays");
            thread.setDaemon(true);
            return thread;
        });
        pool.setKeepAliveTime(1, TimeUnit.SECONDS);
        pool.allowCoreThreadTimeOut(true);
        pool.setRemoveOnCancelPolicy(true);
        return pool;
    }
}
