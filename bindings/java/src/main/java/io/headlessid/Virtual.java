package io.headlessid;

import java.lang.reflect.Method;

/** Whether a call runs on a virtual thread, which JDK 21 and later have: in native code it would hold its carrier. */
final class Virtual {
    private static final Method IS_VIRTUAL = find();

    private Virtual() {}

    static boolean isCurrentThread() {
        try {
            return IS_VIRTUAL != null && (Boolean) IS_VIRTUAL.invoke(Thread.currentThread());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("Thread.isVirtual is public and throws nothing", e);
        }
    }

    private static Method find() {
        try {
            return Thread.class.getMethod("isVirtual");
        } catch (NoSuchMethodException e) {
            return null;
        }
    }
}
