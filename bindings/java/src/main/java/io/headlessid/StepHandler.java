package io.headlessid;

/** What the host's side of a call can give while a flow runs: signatures, a person's answers. */
interface StepHandler {
    /** Whether the flow is to run on at this step with what {@link #give} gives. Cheap; asked in any thread. */
    boolean has(Step step);

    /** Gives it. Not in a thread of the I/O; what it throws is the end of the run. */
    void give(Flow flow, Step step);
}
