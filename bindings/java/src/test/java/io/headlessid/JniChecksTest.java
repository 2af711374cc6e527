package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Behaviour that only another process can show: the VM's own JNI checks, the three ways to the library, an exit in mid-flight. */
class JniChecksTest {
    @TempDir
    Path folder;

    private String run(List<String> vmOptions, Class<?> main, String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(Paths.get(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path")));
        line.addAll(vmOptions);
        line.add(main.getName());
        line.addAll(List.of(arguments));
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "does not end");
        String text = Files.readString(output, StandardCharsets.UTF_8);
        assertEquals(0, process.exitValue(), text);
        return text;
    }

    @Test
    void l19_every_call_under_xcheck_jni_without_a_report() throws Exception {
        String text = run(List.of("-Xcheck:jni"), EveryCall.class);
        assertTrue(text.contains("every call was made"), text);
        // The VM's messages for a pending exception, too many local references, a wrong type, a bad region.
        for (String report : new String[] {"WARNING in native method", "WARNING: JNI", "FATAL ERROR in native method", "ReleasePrimitive"}) {
            assertFalse(text.contains(report), text);
        }
    }

    /** Each native method at least once, also with values that it rejects. */
    public static final class EveryCall {
        private EveryCall() {}

        public static void main(String[] arguments) throws Exception {
            HeadlessId.version();
            HeadlessId.catalogue();
            HeadlessId.hasClient();
            for (int i = 0; i < 200; i++) {
                travel();
                try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
                    refused(() -> flow.set("no_such", "x"));
                    refused(flow::resend);
                    refused(flow::seal);
                    flow.getTicketId();
                    refused(() -> flow.giveResponse(200, 11, new byte[0]));
                    refused(() -> flow.giveHeader("a", "b"));
                    refused(() -> flow.giveNoResponse(NoResponseException.Sent.MAYBE, null));
                    refused(() -> flow.giveValue("otp", "1".toCharArray()));
                    flow.set("scope", "openid").setTimeoutMillis(1000).setTrace(true);
                    Native.hlid_flow_ask_name(0 == i ? handleOf(flow) : handleOf(flow));
                    Native.hlid_flow_ask_secret(handleOf(flow));
                    Native.hlid_flow_ask_problem(handleOf(flow));
                    Native.hlid_flow_show_url(handleOf(flow));
                    Native.hlid_flow_show_code(handleOf(flow));
                    Native.hlid_flow_sign_algorithm(handleOf(flow));
                    Native.hlid_flow_sign_input(handleOf(flow));
                    Native.hlid_flow_wait_until_ms(handleOf(flow));
                    Native.hlid_flow_result(handleOf(flow));
                    Native.hlid_flow_error(handleOf(flow));
                    Fixtures.play(flow);
                    flow.getTrace();
                    flow.getDeadlineMillis();
                    Flow cancelled = Fixtures.login(app);
                    cancelled.cancel();
                    cancelled.next(0);
                    cancelled.close();
                }
                refused(() -> App.builder().site("x").build());
            }
            try (SimulatedOrg org = SimulatedOrg.start(); Client client = org.clientBuilder().build()) {
                client.guest();
                client.guestAsync().get();
                client.guestAsync().cancel(true);
                Native.hlid_step_name(99);
            }
            System.out.println("every call was made");
        }

        /** A flow into a ticket and out of it; a malformed ticket. */
        private static void travel() {
            try (App app = App.builder().site(Fixtures.SITE).clientId("c").redirectUri(Fixtures.REDIRECT_URI)
                    .sealKeys(java.util.Collections.singletonMap("k", new byte[32])).build(); Flow asking = app.newFlow("login").set("username", "a@b.c")) {
                asking.next();
                String ticket = asking.seal("bound");
                refused(() -> app.unseal(ticket, null));
                refused(() -> app.unseal("no ticket", null));
                app.unseal(ticket, "bound").close();
            }
        }

        private static long handleOf(Flow flow) throws ReflectiveOperationException {
            java.lang.reflect.Field field = Flow.class.getDeclaredField("handle");
            field.setAccessible(true);
            return ((Handle) field.get(flow)).value();
        }

        private static void refused(Runnable call) {
            try {
                call.run();
            } catch (HeadlessIdException e) {
                return;
            }
            throw new AssertionError("was not refused");
        }
    }

    @Test
    void o23_an_exit_with_flows_in_flight_neither_hangs_nor_crashes() throws Exception {
        String text = run(List.of(), ExitInFlight.class);
        assertTrue(text.contains("leaving"), text);
    }

    /** Leaves with a client open, flows in flight and another thread waiting. */
    public static final class ExitInFlight {
        private ExitInFlight() {}

        public static void main(String[] arguments) throws Exception {
            SimulatedOrg org = SimulatedOrg.start();
            org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":20000,\"times\":200}");
            Client client = org.clientBuilder().build();
            for (int i = 0; i < 50; i++) {
                client.guestAsync();
            }
            Thread waiting = new Thread(client::guest);
            waiting.setDaemon(true);
            waiting.start();
            Thread.sleep(100);
            System.out.println("leaving");
            System.exit(0);
        }
    }

    @Test
    void the_loader_takes_the_configured_path_then_the_system_then_the_jar() throws Exception {
        Path library = library();
        Path copy = Files.copy(library, folder.resolve(System.mapLibraryName("headlessid_jni")));
        assertTrue(run(List.of("-Dheadlessid.library.path=" + copy), Loads.class).contains("mapped: " + copy.toRealPath()));
        assertTrue(run(List.of("-Dheadlessid.library.path=" + folder), Loads.class).contains("mapped: " + copy.toRealPath()));
        assertTrue(run(List.of("-Djava.library.path=" + folder), Loads.class).contains("mapped: " + copy.toRealPath()));
        // The copy from the jar leaves nothing behind: neither the file nor its directory.
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        String text = run(List.of("-Djava.io.tmpdir=" + temporary), Loads.class);
        assertTrue(text.contains("mapped: " + temporary.toRealPath()), text);
        assertTrue(text.contains("version 0."), text);
        try (java.util.stream.Stream<Path> left = Files.list(temporary)) {
            assertEquals(0, left.filter(path -> path.getFileName().toString().startsWith("headlessid-")).count());
        }
    }

    @Test
    void the_loader_reports_all_three_attempts_in_one_error() throws Exception {
        Path classes = Paths.get(System.getProperty("headlessid.classes"));
        // Our classes without native files, as in a jar for another machine.
        Path bare = folder.resolve("bare");
        try (java.util.stream.Stream<Path> files = Files.walk(classes)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = bare.resolve(classes.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!file.startsWith(classes.resolve("native"))) {
                    Files.copy(file, target);
                }
            }
        }
        String tests = Paths.get(JniChecksTest.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        List<String> line = List.of(Paths.get(System.getProperty("java.home"), "bin", "java").toString(), "-cp", bare + File.pathSeparator + tests,
                "-Dheadlessid.library.path=/no/such/library.so", Loads.class.getName());
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), text);
        for (String part : new String[] {"(1) headlessid.library.path=/no/such/library.so", "(2) System.loadLibrary(\"headlessid_jni\")",
            "(3) the copy in the jar, /native/"}) {
            assertTrue(text.contains(part), text);
        }
    }

    @Test
    void libraries_to_install_are_spoken_of_only_where_one_is_missing() {
        String copy = "/tmp/headlessid-1/0a1b-libheadlessid_jni.so";
        for (String said : new String[] {copy + ": libcurl.so.4: cannot open shared object file: No such file or directory",
            "Error loading shared library libsimdjson.so.14: No such file or directory (needed by " + copy + ")"}) {
            String advice = NativeLoader.advice(said);
            assertTrue(advice.contains("install the one that is missing"), advice);
            assertFalse(advice.contains("tmpdir"), advice);
        }
        // noexec; another machine's; no directory to write to.
        for (String said : new String[] {copy + ": " + copy + ": failed to map segment from shared object",
            copy + ": " + copy + ": cannot open shared object file: No such file or directory", "/no/such/directory/headlessid-1", null}) {
            String advice = NativeLoader.advice(said);
            assertTrue(advice.contains("java.io.tmpdir (" + System.getProperty("java.io.tmpdir") + ")"), advice);
            assertTrue(advice.contains("noexec") && advice.contains("headlessid.library.path"), advice);
            assertFalse(advice.contains("install"), advice);
        }
    }

    static Path library() throws IOException {
        Path classes = Paths.get(System.getProperty("headlessid.classes"));
        try (java.util.stream.Stream<Path> files = Files.walk(classes.resolve("native"))) {
            return files.filter(path -> path.getFileName().toString().equals(System.mapLibraryName("headlessid_jni"))).findFirst()
                    .orElseThrow(() -> new AssertionError("the jar has no native library"));
        }
    }

    /** Prints where the library was found. */
    public static final class Loads {
        private Loads() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println("version " + HeadlessId.version());
            for (String line : Files.readAllLines(Paths.get("/proc/self/maps"))) {
                if (line.contains("headlessid_jni")) {
                    System.out.println("mapped: " + line.substring(line.indexOf('/')));
                }
            }
        }
    }
}
