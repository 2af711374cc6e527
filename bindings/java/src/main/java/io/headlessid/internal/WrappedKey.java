package io.headlessid.internal;

import io.headlessid.SessionStoreException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/** The key of a device's sessions, kept as text that only a key of the Keystore opens. What of it needs no Android. */
public final class WrappedKey {
    private static final int KEY_BYTES = 32;
    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;

    private WrappedKey() {}

    /** The Keystore, and the place of the wrapped key. Whatever it throws means that neither can be used now. */
    public interface Keeper {
        /** The wrapping key, or null where the Keystore has none. */
        SecretKey find() throws GeneralSecurityException, IOException;

        SecretKey make() throws GeneralSecurityException, IOException;

        /** Null: nothing is there, or nothing that was ever written. */
        byte[] read();

        /** Forgets every session, and keeps this instead. */
        void startAnew(byte[] wrapped) throws SessionStoreException;
    }

    /** The key that is there; a new one at the first start, and where the Keystore's key is not the one that wrapped it. */
    public static byte[] open(Keeper keeper) throws SessionStoreException {
        try {
            SecretKey wrapping = keeper.find();
            byte[] wrapped = keeper.read();
            byte[] key = wrapping == null || wrapped == null ? null : unwrap(wrapping, wrapped);
            if (key != null) {
                return key;
            }
            // The first start, or another device: what is there cannot be opened any more.
            byte[] made = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(made);
            keeper.startAnew(wrap(wrapping != null ? wrapping : keeper.make(), made));
            return made;
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            // Unchecked, too: a Keystore that fails throws ProviderException, and other things on some devices.
            throw new SessionStoreException("the Android Keystore does not give the key of the sessions: " + e.getClass().getSimpleName(), e);
        }
    }

    private static byte[] wrap(SecretKey wrapping, byte[] key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        // The Keystore draws the nonce itself, and allows no other.
        cipher.init(Cipher.ENCRYPT_MODE, wrapping);
        byte[] iv = cipher.getIV();
        byte[] sealed = cipher.doFinal(key);
        byte[] all = Arrays.copyOf(iv, iv.length + sealed.length);
        System.arraycopy(sealed, 0, all, iv.length, sealed.length);
        return all;
    }

    /** Null: another key has wrapped it, or it is damaged. */
    private static byte[] unwrap(SecretKey wrapping, byte[] wrapped) throws GeneralSecurityException {
        if (wrapped.length != IV_BYTES + KEY_BYTES + TAG_BITS / 8) {
            return null;
        }
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, wrapping, new GCMParameterSpec(TAG_BITS, wrapped, 0, IV_BYTES));
        try {
            return cipher.doFinal(wrapped, IV_BYTES, wrapped.length - IV_BYTES);
        } catch (AEADBadTagException e) {
            return null;
        }
    }
}
