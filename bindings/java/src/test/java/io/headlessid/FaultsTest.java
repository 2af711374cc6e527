package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.internal.Faults;
import io.headlessid.okhttp.OkHttpTransport;
import io.headlessid.testing.SimulatedOrg;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** The faults that an app's transport reports for a failed connection. */
class FaultsTest {
    private static IOException handshake(Throwable cause) {
        IOException e = new SSLHandshakeException("handshake");
        e.initCause(cause);
        return e;
    }

    @Test
    void s01_a_fault_of_the_certificate_is_told_from_the_others() {
        assertEquals("expired_certificate", Faults.whileConnecting(handshake(new CertificateException(new CertificateExpiredException()))));
        assertEquals("wrong_certificate", Faults.whileConnecting(new SSLPeerUnverifiedException("Hostname not verified")));
        assertEquals("wrong_certificate", Faults.whileConnecting(handshake(new CertificateException("No name matching a.example found"))));
        assertEquals("wrong_certificate", Faults.whileConnecting(handshake(new CertificateException("No subject alternative DNS name matching a found."))));
        assertEquals("untrusted_certificate", Faults.whileConnecting(handshake(new CertificateException(new CertPathBuilderException("no path")))));
        assertEquals("bad_certificate", Faults.whileConnecting(handshake(new CertificateException("Certificates do not conform to algorithm constraints"))));
        assertEquals("tls_failed", Faults.whileConnecting(new SSLHandshakeException("Received fatal alert: protocol_version")));
        assertEquals("no_host", Faults.whileConnecting(new UnknownHostException("a.example")));
        assertEquals("no_connection", Faults.whileConnecting(new ConnectException("refused")));
        // Temporary: a broken connection, a timeout.
        assertNull(Faults.whileConnecting(handshake(new EOFException())));
        assertNull(Faults.whileConnecting(new SocketTimeoutException()));
        Throwable circle = new CertificateException("a");
        assertEquals("bad_certificate", Faults.whileConnecting(handshake(circle)));
    }

    @Test
    void s01_a_stranger_s_certificate_is_untrusted_whatever_the_stack() {
        try (SimulatedOrg org = SimulatedOrg.start()) {
            Transport[] stacks = {new OkHttpTransport(new OkHttpClient()), new HttpUrlConnectionTransport()};
            for (Transport stack : stacks) {
                try (Client client = org.clientBuilder().transport(stack).build()) {
                    HeadlessIdException error = assertThrows(HeadlessIdException.class, client::guest);
                    assertEquals("untrusted_certificate", error.getReason(), stack.getClass().getName());
                    assertFalse(error.isRetryable());
                    assertFalse(error.isOutcomeUnknown());
                }
            }
        }
    }

    @Test
    void a_reason_of_the_host_s_own_is_told_and_another_word_is_refused() {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            flow.next(Fixtures.NOW);
            Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> flow.giveNoResponse(NoResponseException.Sent.NO, "no_luck", null));
            flow.giveNoResponse(NoResponseException.Sent.NO, "proxy_refused", "the proxy said 407");
            Step step = flow.next(Fixtures.NOW);
            HeadlessIdException error = ((Step.Failed) step).getError();
            assertEquals("proxy_refused", error.getReason());
            assertTrue(error.getMessage().contains("407"), error.getMessage());
        }
    }
}
