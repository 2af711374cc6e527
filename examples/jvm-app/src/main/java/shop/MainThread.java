package shop;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The main looper of the sample: one thread that draws and handles taps, one piece of work after the other.
 * On Android this is {@code Looper.getMainLooper()}, and the executor is {@code context.getMainExecutor()}.
 */
final class MainThread implements Executor, AutoCloseable {
    private static final Runnable QUIT = () -> {};

    private final BlockingQueue<Runnable> posted = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::loop, "main-looper");
    private volatile Throwable crash;
    private volatile Runnable onCrash = () -> {};

    MainThread() {
        thread.start();
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Posts: never runs it at once, from any thread. */
    @Override
    public void execute(Runnable work) {
        posted.add(work);
    }

    /** Runs after an exception has ended the thread. */
    void onCrash(Runnable work) {
        onCrash = work;
    }

    /** A person's action: runs the work on the main thread and returns when it is done. */
    void tap(Runnable work) {
        rethrowCrash();
        CountDownLatch done = new CountDownLatch(1);
        execute(() -> {
            try {
                work.run();
            } finally {
                done.countDown();
            }
        });
        try {
            done.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        rethrowCrash();
    }

    /** An exception on the main thread ends an app; here the thread that plays the person gets it. */
    void rethrowCrash() {
        if (crash != null) {
            throw new IllegalStateException("the app has crashed", crash);
        }
    }

    private void loop() {
        // On Android, too, an uncaught exception here ends the app.
        try {
            for (Runnable work = posted.take(); work != QUIT; work = posted.take()) {
                work.run();
            }
        } catch (Throwable e) {
            crash = e;
            onCrash.run();
        }
    }

    @Override
    public void close() {
        execute(QUIT);
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
