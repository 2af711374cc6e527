package io.headlessid;

/** Handles steps on the host's side while a flow runs: signs, for example. */
interface StepHandler {
    /** Whether {@link #give} can answer this step, so that the flow runs on. Cheap; called in any thread. */
    boolean has(Step step);

    /** Answers the step. Not in an I/O thread; an exception ends the run. */
    void give(Flow flow, Step step);
}
