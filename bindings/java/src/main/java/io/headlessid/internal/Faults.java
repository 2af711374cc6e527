package io.headlessid.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Names the fault of docs/errors.md behind an exception from connecting. No part of the API: it may change with any release. */
public final class Faults {
    private static final int MOST_CAUSES = 16;

    private Faults() {}

    /** For a failed attempt to connect, with nothing sent yet; null if the exception does not tell. */
    public static String whileConnecting(IOException e) {
        boolean certificate = false;
        boolean path = false;
        Throwable at = e;
        for (int depth = 0; at != null && depth < MOST_CAUSES; depth++, at = at.getCause()) {
            if (at instanceof CertificateExpiredException || at instanceof CertificateNotYetValidException) {
                return "expired_certificate";
            }
            if (at instanceof SSLPeerUnverifiedException) {
                return "wrong_certificate";
            }
            certificate |= at instanceof CertificateException;
            path |= at instanceof CertPathValidatorException || at instanceof CertPathBuilderException;
        }
        if (path) {
            return "untrusted_certificate";
        }
        if (certificate) {
            // The JDK's own check of names says so in a CertificateException without a cause.
            return isAboutTheName(e) ? "wrong_certificate" : "bad_certificate";
        }
        if (e instanceof UnknownHostException) {
            return "no_host";
        }
        if (e instanceof ConnectException) {
            return "no_connection";
        }
        // A connection that breaks in the middle of the handshake may work the next time.
        return e instanceof SSLHandshakeException && !(e.getCause() instanceof EOFException) ? "tls_failed" : null;
    }

    private static boolean isAboutTheName(Throwable e) {
        Throwable at = e;
        for (int depth = 0; at != null && depth < MOST_CAUSES; depth++, at = at.getCause()) {
            String message = at instanceof CertificateException ? at.getMessage() : null;
            if (message != null && (message.startsWith("No subject alternative") || message.startsWith("No name matching"))) {
                return true;
            }
        }
        return false;
    }
}
