package io.headlessid;

/** What runs the flows of a {@link Client}: the native client, or the host's own transport. */
interface Driver {
    /** Runs a flow until it has ended or wants what only the host has. An interrupt cancels it. */
    Step run(Flow flow, Object keepAlive);

    /**
     * The same without waiting; `ended` is called exactly once, in a thread that it must not hold up, with
     * the step or with what was thrown. Returns what cancels it, which does nothing once it has ended.
     */
    Runnable start(Flow flow, Object keepAlive, Ended ended);

    /** Flows that have been started and not ended. */
    int inFlight();

    /** Ends every flow in flight and frees everything. Safe twice and from every thread. */
    void close();

    /** The end of a run; exactly one of the two is not null. */
    interface Ended {
        void accept(Step step, Throwable error);
    }
}
