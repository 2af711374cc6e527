package shop;

import java.security.SecureRandom;
import java.util.UUID;

/**
 * What an installed app keeps in its private storage, from its first start to the day it is removed: a name of
 * its own, and the key that its tickets are sealed with. On Android the key would lie in a file that a key of the
 * Keystore encrypts; never in the saved state itself, which it protects.
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
