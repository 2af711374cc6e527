package io.headlessid.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import javax.net.ssl.HttpsURLConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an app's own tests rely on, with any HTTP client. */
class SimulatedOrgTest {
    private static final String PASSWORDLESS = "/services/auth/headless/init/passwordless/login";
    private static SimulatedOrg org;

    @BeforeAll
    static void start() {
        org = SimulatedOrg.start();
    }

    @AfterAll
    static void stop() {
        org.close();
    }

    @BeforeEach
    void reset() {
        org.reset();
    }

    private static void post(String path, String json) throws IOException {
        HttpsURLConnection connection = (HttpsURLConnection) new URL(org.getSite() + path).openConnection();
        connection.setSSLSocketFactory(org.getSocketFactory());
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        try (OutputStream out = connection.getOutputStream()) {
            out.write(json.getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(HttpURLConnection.HTTP_OK, connection.getResponseCode());
        connection.disconnect();
    }

    @Test
    void messagesCanBeRead() throws IOException {
        String lena = org.getUser().getUsername();
        assertThrows(NoSuchElementException.class, () -> org.lastOtp(lena));
        post(PASSWORDLESS, "{\"username\":\"" + lena + "\",\"verificationmethod\":\"email\"}");
        List<SimulatedOrg.Message> messages = org.getOutbox();
        assertEquals(1, messages.size());
        SimulatedOrg.Message message = messages.get(0);
        assertEquals("email", message.getChannel());
        assertEquals("passwordless_login", message.getFlow());
        assertEquals("default", message.getTemplate());
        assertEquals(lena, message.getUsername());
        assertTrue(message.getSentMillis() > 0);
        assertFalse(message.toString().contains(message.getOtp()));
        assertEquals(message.getOtp(), org.lastOtp(lena));
        assertEquals(message.getOtp(), org.lastOtp(message.getTo()));
        assertTrue(org.getOutbox("max@example.com").isEmpty());
        post(PASSWORDLESS, "{\"username\":\"carla@example.com\",\"verificationmethod\":\"sms\"}");
        assertEquals(org.lastOtp("carla@example.com"), org.lastOtp("+4915550100123"));
    }

    @Test
    void settingsChangeByName() throws IOException {
        org.changeSettings("{\"otp_length\": 12}");
        post("/services/auth/headless/forgot_password", "{\"username\":\"" + org.getUser().getUsername() + "\"}");
        assertEquals(12, org.lastOtp(org.getUser().getUsername()).length());
        assertThrows(IllegalArgumentException.class, () -> org.changeSettings("{\"no_such_setting\": 1}"));
    }

    @Test
    void appsHaveNames() {
        assertEquals(Arrays.asList(org.getPublicApp(), org.getPrivateApp(), org.getIntegrationApp(), org.getFirstPartyApp()), org.getApps());
        assertNull(org.getPublicApp().getPrivateKey());
        assertTrue(org.getIntegrationApp().getScopes().contains("user_registration_api"));
        assertTrue(org.getFirstPartyApp().getPrivateKey().startsWith("-----BEGIN PRIVATE KEY-----"));
        assertFalse(org.getFirstPartyApp().toString().contains("PRIVATE KEY"));
        assertTrue(org.getSite().startsWith(org.getOrigin()));
    }
}
