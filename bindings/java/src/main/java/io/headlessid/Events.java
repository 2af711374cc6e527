package io.headlessid;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Tells the listeners and the log what a client's flows did. With no listener and no log at DEBUG the flows keep no events. */
final class Events {
    private final List<FlowListener> listeners;
    private final Executor executor;

    Events(List<FlowListener> listeners, Executor executor) {
        this.listeners = new ArrayList<>(listeners);
        this.executor = executor;
    }

    /** Before a flow's first step. */
    Watch watch(Flow flow) {
        boolean logs = FlowLog.get().isOn(FlowLog.Severity.DEBUG);
        if (!logs && listeners.isEmpty()) {
            return new Watch(flow.getName(), false, false, Collections.emptyList());
        }
        List<FlowListener> own = new ArrayList<>();
        for (FlowListener listener : listeners) {
            try {
                own.add(listener.atStart(flow.getName()));
            } catch (RuntimeException e) {
                tellHandler(e);
            }
        }
        flow.keepEvents();
        return new Watch(flow.getName(), true, logs, own);
    }

    /** The same for a flow that the app made, and may have begun. */
    Watch watchOwn(Flow flow) {
        try {
            return watch(flow);
        } catch (HeadlessIdException e) {
            // It has begun; or it is in use, which the run reports.
            return new Watch(flow.getName(), false, false, Collections.emptyList());
        }
    }

    /** One flow's. */
    final class Watch {
        private final String flow;
        private final boolean on;
        private final boolean logs;
        private final List<FlowListener> own;

        Watch(String flow, boolean on, boolean logs, List<FlowListener> own) {
            this.flow = flow;
            this.on = on;
            this.logs = logs;
            this.own = own;
        }

        /** When the flow has ended and before it is closed, in any thread: what must wait goes to the executor. */
        void end(Flow ended, Step step) {
            if (!(step instanceof Step.Done || step instanceof Step.Failed)) {
                return;
            }
            if (!on) {
                warn(step);
                return;
            }
            String lines = ended.takeEvents();
            Runnable tell = () -> tell(lines);
            try {
                executor.execute(tell);
            } catch (RejectedExecutionException e) {
                // An executor that was shut down has no listener.
            }
        }

        /** What those who run the service have to change is worth a line, even where nothing else is logged. */
        private void warn(Step step) {
            HeadlessIdException error = step instanceof Step.Failed ? ((Step.Failed) step).getError() : null;
            if (error != null && isForTheService(error.getAdvice(), error.getReason()) && FlowLog.get().isOn(FlowLog.Severity.WARNING)) {
                FlowLog.get().log(FlowLog.Severity.WARNING, flow + ": failed, " + error.getReason() + ": " + error.getMessage());
            }
        }

        private void tell(String lines) {
            for (FlowEvent event : FlowEvent.read(lines)) {
                if (logs) {
                    FlowLog.get().log(severityOf(event), event.toString());
                }
                for (FlowListener listener : own) {
                    try {
                        listener.onEvent(event);
                    } catch (RuntimeException e) {
                        tellHandler(e);
                    }
                }
            }
        }
    }

    /** A listener's mistake, which does nothing to the flow. */
    private static void tellHandler(RuntimeException e) {
        Thread thread = Thread.currentThread();
        Thread.UncaughtExceptionHandler handler = thread.getUncaughtExceptionHandler();
        if (handler != null) {
            handler.uncaughtException(thread, e);
        }
    }

    private static FlowLog.Severity severityOf(FlowEvent event) {
        if (event.getType() != FlowEvent.Type.FLOW || !"failed".equals(event.getOutcome())) {
            return FlowLog.Severity.DEBUG;
        }
        return isForTheService(event.getAdvice(), event.getReason()) ? FlowLog.Severity.WARNING : FlowLog.Severity.INFO;
    }

    /** A record that cannot be opened sends its person to the sign-in, but the fault is in the session keys, or in the store. */
    private static boolean isForTheService(Advice advice, String reason) {
        return advice == Advice.FIX_ORG || "record_refused".equals(reason);
    }
}
