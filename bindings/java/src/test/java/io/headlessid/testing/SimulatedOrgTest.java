package io.headlessid.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.internal.PackagedFile;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @TempDir
    Path folder;

    /** What a process says whose org cannot be unpacked, or started, in this directory. */
    private String startedWith(Path temporary) throws Exception {
        // A program that no system can start, as none can from a directory that is mounted noexec.
        Path classes = folder.resolve("classes");
        Path command = classes.resolve(PackagedFile.resource("headlessid").substring(1));
        Files.createDirectories(command.getParent());
        Files.write(command, "#!/no/such/interpreter\n".getBytes(StandardCharsets.UTF_8));
        ProcessBuilder builder = new ProcessBuilder(Paths.get(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path"), "-Djava.io.tmpdir=" + temporary, Starts.class.getName());
        builder.environment().remove("HEADLESSID_CLI");
        Process process = builder.redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), text);
        return text;
    }

    /** Starts an org and ends. */
    public static final class Starts {
        private Starts() {}

        public static void main(String[] arguments) {
            SimulatedOrg.start().close();
        }
    }

    private void assertNamesTheDirectory(Path temporary, String reason) throws Exception {
        String text = startedWith(temporary);
        assertTrue(text.contains("the command headlessid in the jar cannot be started: " + reason), text);
        assertTrue(text.contains("java.io.tmpdir (" + temporary + "), which must exist, be writable and not be mounted noexec"), text);
        assertTrue(text.contains("HEADLESSID_CLI"), text);
    }

    @Test
    void aDirectoryThatTheCommandCannotBeUnpackedIntoIsNamed() throws Exception {
        assertNamesTheDirectory(folder.resolve("missing"), "NoSuchFileException");
        assertNamesTheDirectory(Files.createFile(folder.resolve("file")), "FileSystemException");
    }

    @Test
    void aDirectoryThatTheCommandCannotBeStartedInIsNamedAndLeftEmpty() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        assertNamesTheDirectory(temporary, "IOException: Cannot run program");
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(0, left.filter(path -> path.getFileName().toString().startsWith("headlessid-")).count());
        }
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
