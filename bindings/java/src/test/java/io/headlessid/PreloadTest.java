package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service whose files are deleted after its client was made still works. */
class PreloadTest {
    @TempDir
    Path folder;

    /** Arguments: the folder of this program's own classes, site, CA file, client id, callback, user name, password. */
    public static final class Service {
        public static void main(String[] given) throws Exception {
            byte[] key = new byte[32];
            try (Client client = Client.builder().site(given[1]).caFile(given[2]).clientId(given[3]).redirectUri(given[4])
                    .sealKeys(Collections.singletonMap("k", key)).build()) {
                // A request's own classes are used before it is sent, so that failing there does no harm.
                GuestRequest visit = GuestRequest.builder().build();
                LoginRequest.Builder login = LoginRequest.builder().username(given[5]).password(given[6]);
                LoginRequest wrong = LoginRequest.builder().username(given[5]).password("wrong").build();
                PasswordlessLoginRequest byCode = PasswordlessLoginRequest.builder().username(given[5]).verificationMethod("email").build();
                UserinfoRequest.Builder info = UserinfoRequest.builder();
                LogoutRequest.Builder logout = LogoutRequest.builder();
                Sessions sessions = client.sessions(new MemoryStore(), Collections.singletonMap("k", key));
                delete(Path.of(given[0]));
                TokenSet me = client.login(login.guest(client.guest(visit)).build());
                String carry = me.getUvidCarry();
                String problem = "";
                try {
                    client.login(wrong);
                } catch (HeadlessIdException e) {
                    problem = e.getReason();
                }
                try (Challenge<TokenSet> challenge = client.passwordlessLogin(byCode)) {
                    try {
                        challenge.verify("000000");
                    } catch (HeadlessIdException e) {
                        problem += " " + e.getReason();
                    }
                    problem += " " + challenge.seal().isEmpty();
                }
                String name = client.userinfo(info.accessToken(me.getAccessToken()).build()).getPreferredUsername();
                Session session = sessions.begin("user-42", me);
                String rejected = session.rejected(session.token().getAccessToken());
                problem += " " + rejected.equals(session.accessToken()) + " " + session.endAsync().join();
                try {
                    session.accessToken();
                } catch (HeadlessIdException e) {
                    problem += " " + e.getReason();
                }
                client.logoutAsync(logout.tokens(me).build()).join();
                System.out.println(carry + " " + problem + " " + name.equals(given[5]) + " " + me.toJson().contains("access_token") + " " + me.toString().contains("•"));
            }
        }
    }

    @Test
    void every_class_of_a_flow_is_there_before_anything_is_sent() throws Exception {
        Path copy = folder.resolve("classes");
        copyTree(Path.of(System.getProperty("headlessid.classes")), copy);
        Path tests = Path.of(PreloadTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (SimulatedOrg org = SimulatedOrg.start()) {
            String stage = System.getProperty("headlessid.stage");
            Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", copy + ":" + tests,
                    Service.class.getName(), copy.toString(), org.getSite(), org.getCaFile(), org.getPublicApp().getClientId(),
                    org.getPublicApp().getRedirectUri(), org.getUser().getUsername(), org.getUser().getPassword()).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), stage);
            assertEquals("carried invalid_credentials invalid_otp false true true no_session true true true", said.trim());
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(from)) {
            paths = walk.collect(Collectors.toList());
        }
        for (Path path : paths) {
            Files.copy(path, to.resolve(from.relativize(path)));
        }
    }

    private static void delete(Path tree) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(tree)) {
            paths = walk.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
