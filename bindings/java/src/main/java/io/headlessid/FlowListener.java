package io.headlessid;

import org.jetbrains.annotations.NotNull;

/**
 * Is told what the flows of a client did: {@code Client.builder().onEvent(event -> metrics.add(event))}. Called on the client's
 * executor when a flow has ended, with all of its events in their order; by several threads at once for several flows. What it
 * throws goes to the thread's handler of uncaught exceptions and does nothing to the flow.
 */
@FunctionalInterface
public interface FlowListener {
    /** One event of a flow. */
    void onEvent(@NotNull FlowEvent event);

    /**
     * Called in the thread that starts a flow, where the caller's own context is.
     *
     * @param flow its name
     * @return the listener for this flow's events
     */
    default @NotNull FlowListener atStart(@NotNull String flow) {
        return this;
    }
}
