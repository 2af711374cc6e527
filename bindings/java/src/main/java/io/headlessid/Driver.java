package io.headlessid;

import java.util.concurrent.Executor;

/** Runs the flows of a {@link Client}: the native client, or the app's own transport. */
interface Driver {
    /** Runs a flow until it has ended or needs the host. An interrupt cancels it. */
    Step run(Flow flow, Object keepAlive);

    /**
     * The same without waiting; `ended` is called exactly once with the step or the error, in a thread that
     * it must not block. The returned Runnable cancels the run and does nothing after its end.
     */
    Runnable start(Flow flow, Object keepAlive, Ended ended);

    /** The same driver, for flows that must not wait for a thread of the app's executor. */
    Driver on(Executor executor);

    /** Flows that have started and not ended. */
    int inFlight();

    /** Ends every flow in flight and frees everything. Safe twice and from every thread. */
    void close();

    /** The end of a run; exactly one of the two is not null. */
    interface Ended {
        void accept(Step step, Throwable error);
    }
}
