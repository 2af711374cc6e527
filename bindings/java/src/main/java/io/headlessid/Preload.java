package io.headlessid;

/**
 * Loads classes before they are needed. A service whose jar is replaced or removed while it runs would
 * otherwise lose tokens that have already been issued.
 */
final class Preload {
    private Preload() {}

    static void classes(Class<?>... later) {
        for (Class<?> one : later) {
            // Naming a class loads it; this runs its static part, too.
            try {
                Class.forName(one.getName(), true, Preload.class.getClassLoader());
            } catch (ClassNotFoundException e) {
                throw new NoClassDefFoundError(one.getName());
            }
        }
    }
}
