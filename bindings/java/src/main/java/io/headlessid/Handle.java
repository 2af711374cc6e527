package io.headlessid;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A native handle and the duty to free it once: by {@link #free}, or, if its owner was forgotten, after
 * the collector has found it. It never refers to its owner, which could then never be collected.
 *
 * <p>A phantom reference rather than a Cleaner, which Android has only since version 13. The queue is
 * checked whenever a handle is made, not by a thread: a thread would outlive the last client and keep
 * the class loader, and with it the native library, forever.
 */
final class Handle extends PhantomReference<Object> {
    /** Frees one kind of handle. */
    interface Free {
        void free(long handle);
    }

    private static final ReferenceQueue<Object> FORGOTTEN = new ReferenceQueue<>();
    // A phantom reference that is itself unreachable is never enqueued.
    private static final Set<Handle> ALIVE = ConcurrentHashMap.newKeySet();

    private final Free free;
    private final AtomicLong value;

    Handle(Object owner, long value, Free free) {
        super(owner, FORGOTTEN);
        this.value = new AtomicLong(value);
        this.free = free;
        ALIVE.add(this);
        freeForgotten();
    }

    /** The handle, for an owner that holds its own lock. */
    long value() {
        return value.get();
    }

    boolean isFree() {
        return value.get() == 0;
    }

    /** Frees it unless it is free already. The owner's lock, or the owner being unreachable, keeps calls out. */
    void free() {
        long freed = forget();
        if (freed != 0) {
            free.free(freed);
        }
    }

    /** Hands the handle and the duty to the caller; 0 if it was freed already. */
    long forget() {
        long forgotten = value.getAndSet(0);
        if (forgotten != 0) {
            ALIVE.remove(this);
            clear();
        }
        return forgotten;
    }

    static void freeForgotten() {
        Object found;
        while ((found = FORGOTTEN.poll()) != null) {
            ((Handle) found).free();
        }
    }

    /** Handles that are neither freed nor forgotten; for tests. */
    static int alive() {
        return ALIVE.size();
    }
}
