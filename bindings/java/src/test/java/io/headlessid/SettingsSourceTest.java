package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings from a profile and from the environment, as the command reads them. */
class SettingsSourceTest {
    private static final String PROFILE = "{\"site\":\"https://acme.my.site.com/shop\",\"client_id\":\"3MVG9Example.ClientId\","
            + "\"redirect_uri\":\"https://app.example.com/callback\",\"scope\":[\"openid\",\"api\"],\"timeout_ms\":5000,\"verify_jwt\":false,"
            + "\"extra_headers\":{\"X-Trace\":\"a\"},\"proxy\":null}";

    @TempDir
    Path folder;

    private Path file(String text, Charset charset) throws IOException {
        return Files.write(folder.resolve("profile.json"), text.getBytes(charset));
    }

    @Test
    void a_profile_gives_every_kind_of_setting() throws IOException {
        for (String mark : new String[] {"", "\uFEFF"}) {
            try (App app = App.builder().fromProfile(file(mark + PROFILE, StandardCharsets.UTF_8)).build(); Flow flow = Fixtures.login(app)) {
                HttpRequest request = ((Step.Send) flow.next(Fixtures.NOW)).getRequest();
                assertEquals("openid api", Fixtures.field(request, "scope"));
                assertEquals(Fixtures.NOW + 5000, request.getDeadlineMillis());
                assertTrue(request.getHeaders().stream().anyMatch(header -> header.getName().equals("X-Trace") && header.getValue().equals("a")));
            }
        }
    }

    @Test
    void a_profile_that_was_probed_is_read_as_before() throws IOException {
        String probed = "{\"probed\":{\"date\":\"2026-11-29\",\"answers\":{\"site\":[\"a\"]}}," + PROFILE.substring(1);
        try (App app = App.builder().fromProfile(file(probed, StandardCharsets.UTF_8)).build(); Flow flow = Fixtures.login(app)) {
            assertEquals("openid api", Fixtures.field(((Step.Send) flow.next(Fixtures.NOW)).getRequest(), "scope"));
        }
    }

    @Test
    void what_is_given_by_hand_counts_more_when_it_comes_later() throws IOException {
        try (App app = App.builder().fromProfile(file(PROFILE, StandardCharsets.UTF_8)).scope("id").build(); Flow flow = Fixtures.login(app)) {
            assertEquals("id", Fixtures.field(((Step.Send) flow.next(Fixtures.NOW)).getRequest(), "scope"));
        }
    }

    @Test
    void a_malformed_profile_is_refused_as_a_whole() throws IOException {
        String[] bad = {"", "[]", "{\"sight\":\"MARK\"}", "{\"scope\":[1]}", "{\"scope\":[\"MARK\"", "{\"site\":\"a\",\"site\":\"MARK\"}"};
        for (String text : bad) {
            AppSettings<?> builder = App.builder();
            HeadlessIdException error = Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> builder.fromProfile(file(text, StandardCharsets.UTF_8)));
            assertFalse(error.toString().contains("MARK"), error.toString());
            assertEquals("AppSettings[]", builder.toString());
        }
        HeadlessIdException wide = Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument",
                () -> App.builder().fromProfile(file(PROFILE, StandardCharsets.UTF_16)));
        assertTrue(wide.getMessage().contains("UTF-16"), wide.getMessage());
        Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> App.builder().fromProfile(folder.resolve("absent.json")));
        Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> App.builder().fromProfile(folder));
    }

    /** In a process of its own, whose environment can be chosen. */
    public static final class Printing {
        public static void main(String[] arguments) {
            try (App app = App.builder().fromEnvironment().build(); Flow flow = Fixtures.login(app)) {
                HttpRequest request = ((Step.Send) flow.next(Fixtures.NOW)).getRequest();
                System.out.println(request.getUrl() + " " + Fixtures.field(request, "scope") + " " + (request.getDeadlineMillis() - Fixtures.NOW));
            }
        }
    }

    @Test
    void the_environment_counts_before_the_profile_that_it_names() throws Exception {
        ProcessBuilder child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "-D" + NativeLoader.PATH_PROPERTY + "=" + System.getProperty(NativeLoader.PATH_PROPERTY, ""),
                Printing.class.getName());
        child.command().removeIf(word -> word.endsWith(NativeLoader.PATH_PROPERTY + "="));
        child.environment().put("HEADLESSID_PROFILE", file(PROFILE, StandardCharsets.UTF_8).toString());
        child.environment().put("HEADLESSID_SITE", "https://other.my.site.com");
        child.environment().put("HEADLESSID_SCOPE", "");
        child.environment().put("HEADLESSID_TIMEOUT", "2.5");
        Process process = child.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertTrue(said.startsWith("https://other.my.site.com/services/oauth2/authorize openid api 2500"), said);
    }
}
