package shop;

import java.security.SecureRandom;
import java.util.UUID;

/**
 * The private storage of an installed app, from its first start until its removal: its own name, and the
 * key that seals its tickets. On Android a key of the Keystore would encrypt the file with that
 * key; it is never in the saved state, which it protects.
 */
final class Installation {
    private final String id = UUID.randomUUID().toString();
    private final byte[] sealKey = new byte[32];

    Installation() {
        new SecureRandom().nextBytes(sealKey);
    }

    String id() {
        return id;
    }

    byte[] sealKey() {
        return sealKey.clone();
    }
}
