package io.headlessid;

import org.jetbrains.annotations.NotNull;

/**
 * Signs with a key that never leaves the host: Android Keystore, a KMS, an HSM. For apps whose setting
 * {@code signedBy} is "host".
 */
public interface Signer {
    /**
     * The signature as raw bytes. May wait: it is called on the client's executor, or, within a call that
     * waits, by the thread that waits. An exception ends the flow with reason "signing_failed" and becomes the cause of that error.
     *
     * @param algorithm of JWS (RFC 7518): "RS256" is RSASSA-PKCS1-v1_5 with SHA-256
     * @param input the bytes to sign
     */
    byte @NotNull [] sign(@NotNull String algorithm, byte @NotNull [] input) throws Exception;
}
