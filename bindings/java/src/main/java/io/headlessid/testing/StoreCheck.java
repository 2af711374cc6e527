package io.headlessid.testing;

import io.headlessid.AsyncSessionStore;
import io.headlessid.SessionStore;
import io.headlessid.StoredSession;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Shows whether a session store keeps its promises, in a test of the app: {@code StoreCheck.check(() -> new MyStore(pool))}.
 * Takes about four seconds, uses keys of its own, and leaves nothing behind. Across processes: {@link #countUp}.
 */
public final class StoreCheck {
    private static final int THREADS = 6;
    private static final int ROUNDS = 10;
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final long PAST_SHORT_MILLIS = 700;
    private static final int MAX_KEY = 512;
    private static final int MAX_VALUE = 64 * 1024;

    private final SessionStore one;
    private final SessionStore other;
    private final String run = UUID.randomUUID().toString();
    private final List<byte[]> used = new ArrayList<>();

    private StoreCheck(SessionStore one, SessionStore other) {
        this.one = one;
        this.other = other;
    }

    /**
     * Checks a store.
     *
     * @param stores gives a store each time, with a connection of its own where it has one, all for the same data; called twice
     * @throws AssertionError which names the promise that is broken
     */
    public static void check(@NotNull Supplier<? extends SessionStore> stores) {
        new StoreCheck(stores.get(), stores.get()).all();
    }

    /** The same for a store that does not wait. */
    public static void checkAsync(@NotNull Supplier<? extends AsyncSessionStore> stores) {
        new StoreCheck(new Waiting(stores.get()), new Waiting(stores.get())).all();
    }

    private void all() {
        try {
            absence();
            comparing();
            bytes();
            keysApart();
            locks();
            ends();
            racing();
            locking();
        } catch (AssertionError e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("the store threw " + e, e);
        } finally {
            cleanUp();
        }
    }

    // ---- the promises, one after the other

    private void absence() throws Exception {
        byte[] key = key("absent");
        is(one.load(key) == null, "load of a key that was never saved must give null");
        is(!one.delete(key, version(0)), "delete of what is not there must be false");
        is(!one.unlock(key, version(0)), "unlock of what is not locked must be false");
        is(!one.save(key, version(0), version(1), value(1), LONG), "save over a version must be false if there is nothing");
        is(one.load(key) == null, "a save that was false must change nothing");
    }

    private void comparing() throws Exception {
        byte[] key = key("compare");
        is(one.save(key, null, version(1), value(1), LONG), "save over nothing must be true if there is nothing");
        holds(other, key, 1, "what one has saved, another must see at once");
        is(!other.save(key, null, version(2), value(2), LONG), "save over nothing must be false if there is something");
        holds(one, key, 1, "a save that was false must change nothing");
        is(!other.save(key, version(9), version(2), value(2), LONG), "save over another version must be false");
        holds(one, key, 1, "a save that was false must change nothing");
        is(other.save(key, version(1), version(2), value(2), LONG), "save over the version that is there must be true");
        holds(one, key, 2, "a save must replace version and value");
        is(!one.save(key, version(1), version(3), value(3), LONG), "save over an old version must be false");
        is(!one.delete(key, version(1)), "delete of an old version must be false");
        holds(other, key, 2, "a delete that was false must change nothing");
        is(one.delete(key, version(2)), "delete of the version that is there must be true");
        is(other.load(key) == null, "what one has deleted, another must not see");
        is(!other.save(key, version(2), version(3), value(3), LONG), "save over a deleted version must be false");
        is(other.save(key, null, version(3), value(3), LONG), "save over nothing must be true after a delete");
        holds(one, key, 3, "a save after a delete must be there");
    }

    private void bytes() throws Exception {
        byte[] long512 = new byte[MAX_KEY];
        new Random(7).nextBytes(long512);
        byte[] own = run.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(own, 0, long512, 0, own.length);
        used.add(long512);
        byte[] large = new byte[MAX_VALUE];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) i;
        }
        is(one.save(long512, null, version(1), large, LONG), "save must take a key of 512 bytes and a value of 64 KiB");
        StoredSession found = other.load(long512);
        is(found != null && Arrays.equals(found.getValue(), large), "a value must come back byte by byte, NUL and 0xFF included");
        byte[] key = key("empty");
        byte[] zeros = {0, 0, (byte) 0xFF, 0};
        is(one.save(key, null, version(1), zeros, LONG), "save must take a value that begins and ends with NUL");
        found = other.load(key);
        is(found != null && Arrays.equals(found.getValue(), zeros), "NUL at the ends of a value must come back");
    }

    private void keysApart() throws Exception {
        List<byte[]> keys = new ArrayList<>();
        for (String end : new String[] {"", "\0", "\0\0", " ", "A", "a", "\u00e9", "e\u0301", "%", "_", "*", ":", "/"}) {
            keys.add(key("apart" + end));
        }
        keys.add(key("apart", (byte) 0xFF));
        keys.add(key("apart", (byte) 0xFE));
        keys.add(key("apart", (byte) 0xC3));
        for (int i = 0; i < keys.size(); i++) {
            is(one.save(keys.get(i), null, version(i), value(i), LONG), "keys that differ in one byte must be different keys");
        }
        for (int i = 0; i < keys.size(); i++) {
            holds(other, keys.get(i), i, "keys that differ in one byte must be different keys");
        }
        is(one.delete(keys.get(0), version(0)), "delete must find the key");
        for (int i = 1; i < keys.size(); i++) {
            holds(other, keys.get(i), i, "delete must leave other keys alone");
        }
    }

    private void locks() throws Exception {
        byte[] key = key("lock");
        byte[] neighbour = key("lock2");
        is(one.lock(key, "owner-a", LONG), "lock must be true if it is free");
        is(!other.lock(key, "owner-b", LONG), "lock must be false if another owner has it");
        is(one.lock(key, "owner-a", LONG), "lock must be true for the owner that has it");
        is(other.lock(neighbour, "owner-b", LONG), "the lock of one key must leave other keys alone");
        is(one.load(key) == null, "a lock must not be a record");
        is(one.save(key, null, version(1), value(1), LONG), "a lock must not keep anyone from saving");
        is(!other.unlock(key, "owner-b"), "unlock must be false for another owner");
        is(!other.lock(key, "owner-b", LONG), "an unlock that was false must change nothing");
        is(other.delete(key, version(1)), "a lock must not keep anyone from deleting");
        is(!other.lock(key, "owner-b", LONG), "delete must leave the lock alone");
        is(other.unlock(key, "owner-a"), "unlock must be true for the owner, wherever it calls from");
        is(!one.unlock(key, "owner-a"), "unlock must be false if it is free");
        is(other.lock(key, "owner-b", LONG), "lock must be true after an unlock");
        is(one.unlock(key, "owner-b") && one.unlock(neighbour, "owner-b"), "unlock must be true for the owner");
    }

    private void ends() throws Exception {
        byte[] record = key("ends");
        byte[] renewed = key("renewed");
        byte[] lock = key("lock-ends");
        byte[] relocked = key("relocked");
        one.save(record, null, version(1), value(1), SHORT);
        one.save(renewed, null, version(1), value(1), SHORT);
        one.lock(lock, "owner-a", SHORT);
        one.lock(relocked, "owner-a", SHORT);
        is(one.save(renewed, version(1), version(2), value(2), LONG), "save must be true before the end");
        is(one.lock(relocked, "owner-a", LONG), "lock must be true for the owner that has it");
        Thread.sleep(PAST_SHORT_MILLIS);
        is(other.load(record) == null, "a record must be gone at its end");
        is(!one.delete(record, version(1)), "delete must be false after the end");
        is(!one.save(record, version(1), version(2), value(2), LONG), "save over a version must be false after its end");
        is(other.save(record, null, version(3), value(3), LONG), "save over nothing must be true after the end");
        holds(one, record, 3, "a save after the end must be there, with an end of its own");
        holds(other, renewed, 2, "save must set a new end");
        is(!other.lock(relocked, "owner-b", LONG), "to lock again must set a new end");
        is(other.lock(lock, "owner-b", LONG), "a lock must be free at its end");
        is(!one.unlock(lock, "owner-a"), "unlock must be false for an owner that has lost the lock");
        is(!one.lock(lock, "owner-a", LONG), "an unlock that was false must change nothing");
        is(other.unlock(lock, "owner-b") && one.unlock(relocked, "owner-a"), "unlock must be true for the owner");
    }

    private void racing() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] key = key("race" + round);
            is(winners(key, null, "first") == 1, "of saves over nothing at the same time, one must be true");
            StoredSession found = one.load(key);
            is(found != null && new String(found.getValue(), StandardCharsets.UTF_8).equals(found.getVersion()), "version and value must be of one save");
            is(winners(key, found.getVersion(), "second") == 1, "of saves over one version at the same time, one must be true");
            String version = one.load(key).getVersion();
            is(together(thread -> store(thread).delete(key, version)) == 1, "of deletes at the same time, one must be true");
        }
        byte[] counter = key("counter");
        together(thread -> {
            countUp(store(thread), counter, ROUNDS);
            return true;
        });
        is(count(one, counter) == THREADS * ROUNDS, "no save may be lost: save must look at the version and act in one step");
    }

    private int winners(byte[] key, String expected, String name) throws Exception {
        return together(thread -> {
            String version = name + "-" + thread;
            return store(thread).save(key, expected, version, version.getBytes(StandardCharsets.UTF_8), LONG);
        });
    }

    private void locking() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] key = key("locks" + round);
            AtomicInteger owner = new AtomicInteger(-1);
            is(together(thread -> {
                boolean done = store(thread).lock(key, "owner-" + thread, LONG);
                if (done) {
                    owner.set(thread);
                }
                return done;
            }) == 1, "of locks at the same time, one must be true");
            is(one.unlock(key, "owner-" + owner.get()), "unlock must be true for the owner");
        }
    }

    // ---- across processes

    /**
     * Adds one to a counter in the store, so often, by loads and saves: run it in several processes at once, for one key. If
     * {@link #count} is the sum of all afterwards, the store keeps its promise across processes.
     */
    public static void countUp(@NotNull SessionStore store, byte @NotNull [] key, int times) throws Exception {
        int done = 0;
        while (done < times) {
            StoredSession found = store.load(key);
            long count = found == null ? 0 : number(found.getValue());
            byte[] next = Long.toString(count + 1).getBytes(StandardCharsets.US_ASCII);
            if (store.save(key, found == null ? null : found.getVersion(), UUID.randomUUID().toString(), next, LONG)) {
                done++;
            }
        }
    }

    /** The counter of {@link #countUp}. */
    public static long count(@NotNull SessionStore store, byte @NotNull [] key) throws Exception {
        StoredSession found = store.load(key);
        return found == null ? 0 : number(found.getValue());
    }

    private static long number(byte[] value) {
        return Long.parseLong(new String(value, StandardCharsets.US_ASCII));
    }

    // ---- helpers

    private SessionStore store(int thread) {
        return thread % 2 == 0 ? one : other;
    }

    private interface Act {
        boolean by(int thread) throws Exception;
    }

    /** How many of the threads had true. */
    private static int together(Act act) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Boolean>> outcomes = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                Callable<Boolean> task = () -> {
                    start.await();
                    return act.by(thread);
                };
                outcomes.add(threads.submit(task));
            }
            int count = 0;
            for (Future<Boolean> outcome : outcomes) {
                count += outcome.get(60, TimeUnit.SECONDS) ? 1 : 0;
            }
            return count;
        } finally {
            threads.shutdownNow();
        }
    }

    private byte[] key(String name, byte... more) {
        byte[] text = (run + "-" + name).getBytes(StandardCharsets.UTF_8);
        byte[] key = Arrays.copyOf(text, text.length + more.length);
        System.arraycopy(more, 0, key, text.length, more.length);
        used.add(key);
        return key;
    }

    private static String version(int number) {
        return "00000000-0000-4000-8000-" + String.format("%012d", number);
    }

    private static byte[] value(int number) {
        return ("value " + number).getBytes(StandardCharsets.UTF_8);
    }

    private static void holds(SessionStore store, byte[] key, int number, String promise) throws Exception {
        StoredSession found = store.load(key);
        is(found != null && found.getVersion().equals(version(number)) && Arrays.equals(found.getValue(), value(number)), promise);
    }

    private static void is(boolean kept, String promise) {
        if (!kept) {
            throw new AssertionError("the store breaks a promise: " + promise);
        }
    }

    private void cleanUp() {
        for (byte[] key : used) {
            try {
                StoredSession found = one.load(key);
                if (found != null) {
                    one.delete(key, found.getVersion());
                }
            } catch (Exception e) {
                // The check has its result; what is left ends by itself.
                return;
            }
        }
    }

    /** A store that does not wait, for a check that does. */
    private static final class Waiting implements SessionStore {
        private final AsyncSessionStore store;

        Waiting(AsyncSessionStore store) {
            this.store = store;
        }

        private static <T> T await(CompletionStage<T> stage) throws Exception {
            return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
        }

        @Override
        public @Nullable StoredSession load(byte @NotNull [] key) throws Exception {
            return await(store.load(key));
        }

        @Override
        public boolean save(byte @NotNull [] key, @Nullable String expected, @NotNull String version, byte @NotNull [] value, @NotNull Duration ttl)
                throws Exception {
            return await(store.save(key, expected, version, value, ttl));
        }

        @Override
        public boolean delete(byte @NotNull [] key, @Nullable String version) throws Exception {
            return await(store.delete(key, version));
        }

        @Override
        public boolean lock(byte @NotNull [] key, @NotNull String owner, @NotNull Duration ttl) throws Exception {
            return await(store.lock(key, owner, ttl));
        }

        @Override
        public boolean unlock(byte @NotNull [] key, @NotNull String owner) throws Exception {
            return await(store.unlock(key, owner));
        }
    }
}
