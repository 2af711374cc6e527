package io.headlessid.android;

import android.content.Context;
import android.content.SharedPreferences;
import android.security.keystore.KeyGenParameterSpec;
import android.security.keystore.KeyProperties;
import android.util.Base64;
import io.headlessid.SessionStore;
import io.headlessid.SessionStoreException;
import io.headlessid.StoredSession;
import io.headlessid.internal.WrappedKey;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Sessions of one app on one device: sealed records in the app's own preferences, and the key to them wrapped by a key of the
 * Android Keystore, which never leaves it. {@code KeystoreStore store = KeystoreStore.open(context)}, then
 * {@code client.sessions(store, store.getKeys())}.
 *
 * <p>For one process of the app, which keeps one store. Leave {@code headlessid_sessions.xml} out of backups: on another device
 * the wrapped key opens nothing, and the store starts empty there, with everyone signed out. Opening works with the Keystore: not
 * on the main thread. Thread-safe.
 */
public final class KeystoreStore implements SessionStore {
    private static final String FILE = "headlessid_sessions";
    private static final String ALIAS = "headlessid_sessions";
    private static final String WRAPPED = "key";
    private static final String KEY_ID = "device";

    private static final class Lock {
        final String owner;
        final long endsAt;

        Lock(String owner, long endsAt) {
            this.owner = owner;
            this.endsAt = endsAt;
        }
    }

    private final SharedPreferences preferences;
    private final byte[] key;
    private final ReentrantLock lock = new ReentrantLock();
    // The process is the only user: its locks end with it.
    private final Map<String, Lock> locks = new HashMap<>();

    private KeystoreStore(SharedPreferences preferences, byte[] key) {
        this.preferences = preferences;
        this.key = key;
    }

    /** @throws SessionStoreException if the Keystore or the preferences cannot be used now */
    public static @NotNull KeystoreStore open(@NotNull Context context) throws SessionStoreException {
        SharedPreferences preferences = context.getApplicationContext().getSharedPreferences(FILE, Context.MODE_PRIVATE);
        return new KeystoreStore(preferences, WrappedKey.open(new WrappedKey.Keeper() {
            @Override
            public SecretKey find() throws GeneralSecurityException, IOException {
                KeyStore keystore = KeyStore.getInstance("AndroidKeyStore");
                keystore.load(null);
                return (SecretKey) keystore.getKey(ALIAS, null);
            }

            @Override
            public SecretKey make() throws GeneralSecurityException {
                return newKey();
            }

            @Override
            public byte[] read() {
                String wrapped = preferences.getString(WRAPPED, null);
                try {
                    return wrapped == null ? null : Base64.decode(wrapped, Base64.NO_WRAP);
                } catch (IllegalArgumentException e) {
                    return null;
                }
            }

            @Override
            public void startAnew(byte[] wrapped) throws SessionStoreException {
                commit(preferences.edit().clear().putString(WRAPPED, Base64.encodeToString(wrapped, Base64.NO_WRAP)));
            }
        }));
    }

    private static SecretKey newKey() throws GeneralSecurityException {
        KeyGenerator generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, "AndroidKeyStore");
        generator.init(new KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_ENCRYPT | KeyProperties.PURPOSE_DECRYPT)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256)
                .build());
        return generator.generateKey();
    }

    /** For {@code client.sessions(store, store.getKeys())}. Secret. */
    public @NotNull Map<String, byte[]> getKeys() {
        return Collections.singletonMap(KEY_ID, key.clone());
    }

    // ---- the operations

    /** "version end value", the value as base64. */
    private static final class Entry {
        final String version;
        final long endsAt;
        final byte[] value;

        Entry(String text) {
            String[] parts = text.split(" ");
            version = parts[0];
            endsAt = Long.parseLong(parts[1]);
            value = Base64.decode(parts[2], Base64.NO_WRAP);
        }
    }

    private static String nameOf(byte[] key) {
        return "session:" + Base64.encodeToString(key, Base64.NO_WRAP);
    }

    private Entry entry(String name) {
        String text = preferences.getString(name, null);
        Entry entry = text == null ? null : new Entry(text);
        return entry == null || entry.endsAt <= System.currentTimeMillis() ? null : entry;
    }

    private static void commit(SharedPreferences.Editor editor) throws SessionStoreException {
        if (!editor.commit()) {
            throw new SessionStoreException("the preferences could not be written", null);
        }
    }

    @Override
    public @Nullable StoredSession load(byte @NotNull [] sessionKey) {
        lock.lock();
        try {
            Entry entry = entry(nameOf(sessionKey));
            return entry == null ? null : new StoredSession(entry.version, entry.value);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean save(byte @NotNull [] sessionKey, @Nullable String expected, @NotNull String version, byte @NotNull [] value, @NotNull Duration ttl)
            throws SessionStoreException {
        String name = nameOf(sessionKey);
        lock.lock();
        try {
            Entry entry = entry(name);
            if (expected == null ? entry != null : entry == null || !entry.version.equals(expected)) {
                return false;
            }
            long endsAt = System.currentTimeMillis() + ttl.toMillis();
            commit(preferences.edit().putString(name, version + " " + endsAt + " " + Base64.encodeToString(value, Base64.NO_WRAP)));
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean delete(byte @NotNull [] sessionKey, @Nullable String version) throws SessionStoreException {
        String name = nameOf(sessionKey);
        lock.lock();
        try {
            Entry entry = entry(name);
            if (entry == null || !entry.version.equals(version)) {
                return false;
            }
            commit(preferences.edit().remove(name));
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean lock(byte @NotNull [] sessionKey, @NotNull String owner, @NotNull Duration ttl) {
        String name = nameOf(sessionKey);
        lock.lock();
        try {
            Lock held = locks.get(name);
            if (held != null && held.endsAt - System.nanoTime() > 0 && !held.owner.equals(owner)) {
                return false;
            }
            locks.put(name, new Lock(owner, System.nanoTime() + ttl.toNanos()));
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean unlock(byte @NotNull [] sessionKey, @NotNull String owner) {
        String name = nameOf(sessionKey);
        lock.lock();
        try {
            Lock held = locks.get(name);
            return held != null && held.owner.equals(owner) && locks.remove(name) != null;
        } finally {
            lock.unlock();
        }
    }
}
