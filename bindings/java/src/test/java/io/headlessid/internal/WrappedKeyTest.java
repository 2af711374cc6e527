package io.headlessid.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.headlessid.SessionStoreException;
import java.security.ProviderException;
import java.security.UnrecoverableKeyException;
import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** What KeystoreStore makes of a Keystore, with keys of the JVM in its place. */
class WrappedKeyTest {
    private static final class Device implements WrappedKey.Keeper {
        SecretKey keystore;
        byte[] kept;
        int starts;
        Exception fault;

        @Override
        public SecretKey find() throws UnrecoverableKeyException {
            if (fault instanceof UnrecoverableKeyException) {
                throw (UnrecoverableKeyException) fault;
            }
            if (fault instanceof ProviderException) {
                throw (ProviderException) fault;
            }
            return keystore;
        }

        @Override
        public SecretKey make() {
            keystore = aes(starts + 1);
            return keystore;
        }

        @Override
        public byte[] read() {
            return kept;
        }

        @Override
        public void startAnew(byte[] wrapped) throws SessionStoreException {
            if (fault instanceof SessionStoreException) {
                throw (SessionStoreException) fault;
            }
            kept = wrapped;
            starts++;
        }
    }

    private static SecretKey aes(int filling) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) filling);
        return new SecretKeySpec(bytes, "AES");
    }

    @Test
    void the_key_stays_the_same_on_one_device() throws Exception {
        Device device = new Device();
        byte[] key = WrappedKey.open(device);
        assertEquals(32, key.length);
        assertArrayEquals(key, WrappedKey.open(device));
        assertEquals(1, device.starts);
    }

    @Test
    void what_another_key_wrapped_or_is_damaged_is_forgotten() throws Exception {
        Device device = new Device();
        byte[] key = WrappedKey.open(device);
        byte[] good = device.kept;
        // Another device, to which the preferences came from a backup; its Keystore has a key of that name, or has none.
        for (SecretKey there : new SecretKey[] {aes(9), null}) {
            device.keystore = there;
            device.kept = good;
            byte[] other = WrappedKey.open(device);
            assertFalse(Arrays.equals(key, other));
            assertArrayEquals(other, WrappedKey.open(device));
        }
        assertEquals(3, device.starts);
        for (byte[] damaged : new byte[][] {{}, Arrays.copyOf(good, 20), new byte[60]}) {
            device.kept = damaged;
            assertArrayEquals(WrappedKey.open(device), WrappedKey.open(device));
        }
        assertEquals(6, device.starts);
    }

    @Test
    void a_keystore_that_fails_forgets_nothing() throws Exception {
        Device device = new Device();
        byte[] key = WrappedKey.open(device);
        for (Exception fault : new Exception[] {new ProviderException("secretMARK"), new UnrecoverableKeyException("secretMARK")}) {
            device.fault = fault;
            SessionStoreException error = assertThrows(SessionStoreException.class, () -> WrappedKey.open(device));
            assertSame(fault, error.getCause());
            assertEquals("the Android Keystore does not give the key of the sessions: " + fault.getClass().getSimpleName(), error.getMessage());
        }
        device.fault = null;
        assertArrayEquals(key, WrappedKey.open(device));
        device.fault = new SessionStoreException("the preferences could not be written", null);
        device.kept = null;
        assertSame(device.fault, assertThrows(SessionStoreException.class, () -> WrappedKey.open(device)));
    }
}
