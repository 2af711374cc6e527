package io.headlessid;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Where the client logs: System.Logger, or java.util.logging where there is none (Android, Java 8). The logger is "headlessid". */
abstract class FlowLog {
    static final String NAME = "headlessid";
    private static final FlowLog LOG = find();

    enum Severity { DEBUG, INFO, WARNING }

    abstract boolean isOn(Severity severity);

    abstract void log(Severity severity, String message);

    static FlowLog get() {
        return LOG;
    }

    private static FlowLog find() {
        try {
            // Compiled for Java 11; Android's build is without it.
            return (FlowLog) Class.forName("io.headlessid.SystemLog").getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            return new UtilLog();
        }
    }

    /** For Java 8 and Android. */
    static final class UtilLog extends FlowLog {
        private final Logger logger = Logger.getLogger(NAME);

        private static Level level(Severity severity) {
            return severity == Severity.DEBUG ? Level.FINE : severity == Severity.INFO ? Level.INFO : Level.WARNING;
        }

        @Override
        boolean isOn(Severity severity) {
            return logger.isLoggable(level(severity));
        }

        @Override
        void log(Severity severity, String message) {
            // An empty class name: the logger need not look at the stack for one.
            logger.logp(level(severity), NAME, "", message);
        }
    }
}
