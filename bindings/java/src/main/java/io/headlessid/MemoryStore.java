package io.headlessid;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** Sessions in this process's memory, for tests and for programs of one process: gone when that ends. Thread-safe. */
public final class MemoryStore implements SessionStore {
    private static final int SWEEP = 256;

    static {
        Preload.classes(Entry.class);
    }

    private static final class Entry {
        final String name;
        final byte[] value;
        final long endsAt;

        Entry(String name, byte[] value, long endsAt) {
            this.name = name;
            this.value = value;
            this.endsAt = endsAt;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<ByteBuffer, Entry> records = new HashMap<>();
    private final Map<ByteBuffer, Entry> locks = new HashMap<>();
    private int saves;

    @Override
    public @Nullable StoredSession load(byte @NotNull [] key) {
        lock.lock();
        try {
            Entry record = current(records, ByteBuffer.wrap(key));
            return record == null ? null : new StoredSession(record.name, record.value.clone());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean save(byte @NotNull [] key, @Nullable String expected, @NotNull String version, byte @NotNull [] value, @NotNull Duration ttl) {
        lock.lock();
        try {
            Entry record = current(records, ByteBuffer.wrap(key));
            if (expected == null ? record != null : record == null || !record.name.equals(expected)) {
                return false;
            }
            records.put(ByteBuffer.wrap(key.clone()), new Entry(version, value.clone(), endOf(ttl)));
            if (++saves % SWEEP == 0) {
                long now = System.nanoTime();
                records.values().removeIf(entry -> entry.endsAt - now <= 0);
                locks.values().removeIf(entry -> entry.endsAt - now <= 0);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean delete(byte @NotNull [] key, @Nullable String version) {
        return remove(records, key, version);
    }

    @Override
    public boolean lock(byte @NotNull [] key, @NotNull String owner, @NotNull Duration ttl) {
        lock.lock();
        try {
            Entry held = current(locks, ByteBuffer.wrap(key));
            if (held != null && !held.name.equals(owner)) {
                return false;
            }
            locks.put(ByteBuffer.wrap(key.clone()), new Entry(owner, null, endOf(ttl)));
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean unlock(byte @NotNull [] key, @NotNull String owner) {
        return remove(locks, key, owner);
    }

    private boolean remove(Map<ByteBuffer, Entry> from, byte[] key, String name) {
        lock.lock();
        try {
            Entry entry = current(from, ByteBuffer.wrap(key));
            return entry != null && entry.name.equals(name) && from.remove(ByteBuffer.wrap(key)) != null;
        } finally {
            lock.unlock();
        }
    }

    private static Entry current(Map<ByteBuffer, Entry> from, ByteBuffer key) {
        Entry entry = from.get(key);
        return entry == null || entry.endsAt - System.nanoTime() <= 0 ? null : entry;
    }

    private static long endOf(Duration ttl) {
        return System.nanoTime() + ttl.toNanos();
    }

    /** How many records there are, ended ones included. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "MemoryStore{" + records.size() + "}";
        } finally {
            lock.unlock();
        }
    }
}
