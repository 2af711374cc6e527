package io.headlessid;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.annotations.NotNull;

/**
 * The sessions of one app in one store: {@code client.sessions(store)}. One object for each process and store is right: it
 * remembers the sessions that are in use, and what two calls of {@link #get} for one key return is the same {@link Session}.
 *
 * <p>Keys are text (kept as UTF-8) or bytes, 1 to 512 of them. Thread-safe. The store stays the caller's to close.
 */
public final class Sessions implements AutoCloseable {
    static {
        Preload.classes(BlockingStore.class, Key.class, Known.class, Recent.class, Session.class, SessionCall.class, SessionHost.class,
                SessionHost.Making.class, SessionRun.class, SessionStoreException.class, SessionToken.class, Step.Store.class, StoreStep.class,
                StoredSession.class);
    }

    /** Sessions that are kept although no caller holds them. */
    private static final int KEPT = 10_000;

    /** How sessions use their store. Not for use by several threads at once. */
    public static final class Options {
        private Map<String, byte[]> keys;
        private boolean background = true;
        private Duration storeTimeout = Duration.ofSeconds(5);
        private Executor storeExecutor;

        private Options() {}

        /**
         * What records are encrypted with: ids, and 32 bytes each. The first encrypts, all decrypt: put a new one first, and
         * no one is signed out. Instead of the setting {@code session_keys}, which has the same keys as text.
         */
        public @NotNull Options keys(@NotNull Map<String, byte[]> sessionKeys) {
            keys = Objects.requireNonNull(sessionKeys, "sessionKeys");
            return this;
        }

        /**
         * Whether a token that is due but lasts is handed out at once, while another is had in the background. Default true;
         * with false the call that finds it due waits for the new one.
         */
        public @NotNull Options backgroundRefresh(boolean on) {
            background = on;
            return this;
        }

        /** The most that one operation of the store may take before it counts as failed. Default 5 s. */
        public @NotNull Options storeTimeout(@NotNull Duration limit) {
            Objects.requireNonNull(limit, "limit");
            if (limit.isZero() || limit.isNegative()) {
                throw HeadlessIdException.argument("storeTimeout", "must be positive");
            }
            storeTimeout = limit;
            return this;
        }

        /** Runs a store that waits; never one on which callers of sessions wait. Default: at most 16 daemon threads of these sessions. */
        public @NotNull Options storeExecutor(@NotNull Executor executor) {
            storeExecutor = Objects.requireNonNull(executor, "executor");
            return this;
        }
    }

    /** Fills the options: a lambda that {@link Client#sessions(SessionStore, Configuration)} takes. */
    public interface Configuration {
        void configure(@NotNull Options options);
    }

    private static final class Key {
        private final byte[] bytes;
        private final int hash;

        Key(byte[] bytes) {
            this.bytes = bytes;
            this.hash = Arrays.hashCode(bytes);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key && Arrays.equals(bytes, ((Key) other).bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private static final class Known extends WeakReference<Session> {
        final Key key;

        Known(Key key, Session session, ReferenceQueue<Session> gone) {
            super(session, gone);
            this.key = key;
        }
    }

    /** The sessions used last, the oldest one first. */
    private static final class Recent extends LinkedHashMap<Key, Session> {
        private static final long serialVersionUID = 1L;

        Recent() {
            super(64, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Session> eldest) {
            return size() > KEPT;
        }
    }

    private final SessionHost host;
    private final Handle handle;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock. A session that a caller holds is found again, however many others were used meanwhile.
    private final Map<Key, Known> known = new HashMap<>();
    private final ReferenceQueue<Session> gone = new ReferenceQueue<>();
    private final Recent recent = new Recent();

    /**
     * @param client stays reachable while a flow runs
     * @param store a {@link SessionStore} or an {@link AsyncSessionStore}
     */
    Sessions(Object client, App app, Driver driver, Object store, Configuration configuration, Executor callbacks, Events events) {
        Options options = new Options();
        configuration.configure(options);
        byte[] keys = Values.bytesOf(options.keys);
        try {
            this.handle = new Handle(this, app.newSessions(keys), Native::hlid_sessions_free);
        } finally {
            Utf8.wipe(keys);
        }
        this.host = new SessionHost(client, driver, store, options.storeExecutor, callbacks, events, options.background, options.storeTimeout);
    }

    /** What lives as long as any of the sessions. */
    SessionHost getHost() {
        return host;
    }

    // ---- finding and beginning

    /**
     * The session under this key, which need not exist. Asks nothing of the store.
     *
     * @throws HeadlessIdException ARGUMENT, field "key", for a key that is empty or too long
     * @throws IllegalStateException after {@link #close}
     */
    public @NotNull Session get(@NotNull CharSequence key) {
        return find(new Key(Utf8.encode(Objects.requireNonNull(key, "key"))));
    }

    /** The same for a key of bytes. */
    public @NotNull Session get(byte @NotNull [] key) {
        return find(new Key(Objects.requireNonNull(key, "key").clone()));
    }

    /**
     * Keeps what a sign-in brought, under this key. Replaces what is there; a guest's visitor goes on.
     *
     * @throws HeadlessIdException ARGUMENT if the tokens are not a sign-in's; "store_fault" if the store fails
     */
    public @NotNull Session begin(@NotNull CharSequence key, @NotNull TokenSet tokens) {
        return get(key).begin(tokens);
    }

    /** The same for a key of bytes. */
    public @NotNull Session begin(byte @NotNull [] key, @NotNull TokenSet tokens) {
        return get(key).begin(tokens);
    }

    /** The same for a guest, whose session becomes a user's by another {@code begin}. */
    public @NotNull Session begin(@NotNull CharSequence key, @NotNull Guest guest) {
        return get(key).begin(guest);
    }

    /** The same for a key of bytes. */
    public @NotNull Session begin(byte @NotNull [] key, @NotNull Guest guest) {
        return get(key).begin(guest);
    }

    /** The same as {@link #begin(CharSequence, TokenSet)} without waiting. */
    public @NotNull CompletableFuture<Session> beginAsync(@NotNull CharSequence key, @NotNull TokenSet tokens) {
        return get(key).beginAsync(tokens);
    }

    /** The same as {@link #begin(byte[], TokenSet)} without waiting. */
    public @NotNull CompletableFuture<Session> beginAsync(byte @NotNull [] key, @NotNull TokenSet tokens) {
        return get(key).beginAsync(tokens);
    }

    /** The same as {@link #begin(CharSequence, Guest)} without waiting. */
    public @NotNull CompletableFuture<Session> beginAsync(@NotNull CharSequence key, @NotNull Guest guest) {
        return get(key).beginAsync(guest);
    }

    /** The same as {@link #begin(byte[], Guest)} without waiting. */
    public @NotNull CompletableFuture<Session> beginAsync(byte @NotNull [] key, @NotNull Guest guest) {
        return get(key).beginAsync(guest);
    }

    /**
     * A guest's session under this key: the one that is there, renewed if it is due, or that of a new visitor.
     *
     * @throws HeadlessIdException "named_session" if a signed-in user's session is there
     */
    public @NotNull Session guest(@NotNull CharSequence key) {
        return get(key).guest();
    }

    /** The same for a key of bytes. */
    public @NotNull Session guest(byte @NotNull [] key) {
        return get(key).guest();
    }

    /** The same as {@link #guest(CharSequence)} without waiting. */
    public @NotNull CompletableFuture<Session> guestAsync(@NotNull CharSequence key) {
        return get(key).guestAsync();
    }

    /** The same as {@link #guest(byte[])} without waiting. */
    public @NotNull CompletableFuture<Session> guestAsync(byte @NotNull [] key) {
        return get(key).guestAsync();
    }

    private Session find(Key key) {
        lock.lock();
        try {
            host.checkOpen();
            Session session = recent.get(key);
            if (session == null) {
                forgetGone();
                Known reference = known.get(key);
                session = reference == null ? null : reference.get();
                if (session == null) {
                    session = new Session(host, Native.hlid_session_new(handle.value(), key.bytes));
                    known.put(key, new Known(key, session, gone));
                }
                recent.put(key, session);
            }
            return session;
        } finally {
            lock.unlock();
        }
    }

    private void forgetGone() {
        for (Object found = gone.poll(); found != null; found = gone.poll()) {
            known.remove(((Known) found).key, found);
        }
    }

    /**
     * Waits for the flows that are under way, at most a minute, and forgets the sessions of this process; those in the store
     * stay. Calls throw {@link IllegalStateException} from then on. Safe to call twice. Closing the client closes its sessions.
     */
    @Override
    public void close() {
        host.close();
        lock.lock();
        try {
            recent.clear();
            known.clear();
            handle.free();
        } finally {
            lock.unlock();
        }
    }

    /** How many sessions this process remembers, never their keys. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "Sessions{" + known.size() + "}";
        } finally {
            lock.unlock();
        }
    }
}
