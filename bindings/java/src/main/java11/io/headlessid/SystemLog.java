package io.headlessid;

import io.headlessid.internal.LaterJvm;

/** Logs where System.Logger goes: java.util.logging, or what the app has put in its place. */
@LaterJvm
final class SystemLog extends FlowLog {
    private final System.Logger logger = System.getLogger(NAME);

    private static System.Logger.Level level(Severity severity) {
        return severity == Severity.DEBUG ? System.Logger.Level.DEBUG : severity == Severity.INFO ? System.Logger.Level.INFO : System.Logger.Level.WARNING;
    }

    @Override
    boolean isOn(Severity severity) {
        return logger.isLoggable(level(severity));
    }

    @Override
    void log(Severity severity, String message) {
        logger.log(level(severity), message);
    }
}
