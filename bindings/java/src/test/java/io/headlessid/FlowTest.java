package io.headlessid;

import static io.headlessid.Fixtures.NOW;
import static io.headlessid.Fixtures.PASSWORD;
import static io.headlessid.Fixtures.assertKind;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A flow as an object: the boundary to native code, threads, closing, memory. No network. */
class FlowTest {
    @Test
    void a_login_reads_as_a_token_set() {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            TokenSet tokens = LoginRequest.builder().build().read(Fixtures.play(flow));
            assertEquals("00DMARKtoken!x", tokens.getAccessToken());
            assertEquals(1767225600000L, tokens.getIssuedAtMs());
            assertEquals(List.of("openid", "api"), tokens.getScope());
            assertEquals("absent", tokens.getUvidCarry());
            assertNull(tokens.getUvid());
            assertTrue(tokens.getRaw().contains("instance_url"));
        }
    }

    @Test
    void names_a_wrong_setting_and_a_missing_one() {
        HeadlessIdException wrong = assertThrows(HeadlessIdException.class, () -> App.builder().site("http://acme.my.site.com").clientId("c")
                .redirectUri(Fixtures.REDIRECT_URI).build());
        assertEquals(ErrorKind.ARGUMENT, wrong.getKind());
        assertEquals(Advice.FIX_ARGUMENT, wrong.getAdvice());
        assertEquals("site", wrong.getField());
        HeadlessIdException missing = assertThrows(HeadlessIdException.class, () -> App.builder().site(Fixtures.SITE).build());
        assertEquals(ErrorKind.ARGUMENT, missing.getKind());
        assertNotNull(missing.getField());
    }

    @Test
    void l03_unknown_flow_parameter_setting_and_step_are_named() {
        try (App app = Fixtures.app()) {
            assertEquals(ErrorKind.ARGUMENT, assertThrows(HeadlessIdException.class, () -> app.newFlow("logon")).getKind());
            try (Flow flow = app.newFlow("login")) {
                HeadlessIdException misspelled = assertThrows(HeadlessIdException.class, () -> flow.set("pasword", "x"));
                assertEquals(ErrorKind.ARGUMENT, misspelled.getKind());
                assertEquals("pasword", misspelled.getField());
                // An unknown name may be a misplaced value: it is not repeated.
                HeadlessIdException misplaced = assertThrows(HeadlessIdException.class, () -> flow.set(PASSWORD, "password"));
                assertEquals("name", misplaced.getField());
                assertFalse(misplaced.toString().contains(PASSWORD), misplaced.toString());
                Fixtures.play(flow.set("username", "a@b.c").set("password", "x"));
            }
        }
        App.Builder builder = App.builder();
        builder.values.put("no_such_setting", "x");
        assertTrue(assertThrows(HeadlessIdException.class, builder::build).getMessage().contains("is not a setting of an app"));
        HeadlessIdException step = assertThrows(HeadlessIdException.class, () -> Step.read(0, 99));
        assertTrue(step.getMessage().contains("99") && step.getMessage().contains("UNKNOWN"), step.getMessage());
    }

    @Test
    void l04_load_says_both_abi_numbers() {
        assertEquals(NativeConstants.HLID_ABI_VERSION, Native.hlid_abi_version());
        UnsatisfiedLinkError error = assertThrows(UnsatisfiedLinkError.class, () -> NativeLoader.checkAbi(7, 1));
        assertTrue(error.getMessage().contains("version 7") && error.getMessage().contains("version 1"), error.getMessage());
    }

    @Test
    void l08_two_threads_in_one_flow_get_state_or_their_answer() throws Exception {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            AtomicInteger busy = new AtomicInteger();
            AtomicReference<Throwable> other = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            CountDownLatch together = new CountDownLatch(4);
            for (int i = 0; i < 4; i++) {
                threads.add(start(() -> {
                    together.countDown();
                    together.await();
                    for (int n = 0; n < 5000; n++) {
                        try {
                            flow.next(NOW);
                        } catch (HeadlessIdException e) {
                            assertEquals(ErrorKind.STATE, e.getKind());
                            assertEquals("busy", e.getReason());
                            busy.incrementAndGet();
                        }
                    }
                }, other));
            }
            join(threads);
            assertNull(other.get());
            // Nothing was harmed: the flow runs to its end.
            Fixtures.play(flow);
        }
    }

    @Test
    void l09_what_was_read_stays_as_it_was() {
        try (App app = Fixtures.app()) {
            HttpRequest request;
            byte[] body;
            FlowResult result;
            try (Flow flow = Fixtures.login(app)) {
                request = assertInstanceOf(Step.Send.class, flow.next(NOW)).getRequest();
                body = request.getBody().clone();
                result = Fixtures.play(flow);
            }
            assertArrayEquals(body, request.getBody());
            assertEquals(Fixtures.SITE + "/services/oauth2/authorize", request.getUrl());
            assertEquals("00DMARKtoken!x", result.get("access_token"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Grün>?7~pass", "  edge spaces  ", "\uD83D\uDD11\uD83D\uDE00", "\u0001tab\t\u007f", "ÿ\u0800\uFFFF"})
    void l10_a_password_goes_byte_for_byte(String password) {
        List<Consumer<Flow>> ways = List.of(flow -> flow.set("password", password), flow -> flow.set("password", password.toCharArray()),
                flow -> flow.set("password", password.getBytes(StandardCharsets.UTF_8)));
        for (Consumer<Flow> way : ways) {
            try (App app = Fixtures.app(); Flow flow = app.newFlow("login").set("username", "a@b.c")) {
                way.accept(flow);
                assertEquals(password, Fixtures.field(assertInstanceOf(Step.Send.class, flow.next(NOW)).getRequest(), "password"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nul\u0000nul", "high\uD83D", "low\uDD11", "\uDD11\uD83D"})
    void l10_text_that_is_no_utf8_is_refused_and_never_cut(String password) {
        try (App app = Fixtures.app(); Flow flow = app.newFlow("login").set("username", "a@b.c")) {
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> flow.set("password", password));
            assertEquals(ErrorKind.ARGUMENT, error.getKind());
            assertEquals("password", error.getField());
            assertEquals(ErrorKind.ARGUMENT, assertThrows(HeadlessIdException.class, () -> flow.set("password", password.toCharArray())).getKind());
        }
    }

    @Test
    void l10_a_huge_value_is_refused_whole() {
        byte[] huge = new byte[256 * 1024 * 1024];
        Arrays.fill(huge, (byte) 'x');
        try (App app = Fixtures.app(); Flow flow = app.newFlow("login").set("username", "a@b.c")) {
            assertEquals("password", assertThrows(HeadlessIdException.class, () -> flow.set("password", huge)).getField());
            Fixtures.play(flow.set("password", "x".repeat(16_000)));
        }
    }

    @Test
    void l18_memory_is_flat_over_100000_flows() throws Exception {
        try (App app = Fixtures.app()) {
            for (int i = 0; i < 30_000; i++) {
                wholeLogin(app, i);
            }
            System.gc();
            long before = nativeBytes();
            for (int i = 0; i < 100_000; i++) {
                wholeLogin(app, i);
            }
            System.gc();
            // What malloc holds, not what is resident: the VM's heap moves by megabytes. A leak of as little as
            // eleven bytes a flow would show.
            long grown = nativeBytes() - before;
            assertTrue(grown < 1024 * 1024, "grew by " + grown + " bytes");
            assertTrue(Handle.alive() < 1000, "handles that are left: " + Handle.alive());
        }
    }

    private static void wholeLogin(App app, int number) {
        try (Flow flow = Fixtures.login(app)) {
            if (number % 3 == 0) {
                flow.cancel();
                assertInstanceOf(Step.Failed.class, flow.next(NOW));
            } else {
                Fixtures.play(flow);
            }
        }
    }

    /** The resident part of the C heap, which is one piece: the build sets MALLOC_ARENA_MAX to 1. */
    private static long nativeBytes() throws IOException {
        long bytes = 0;
        boolean heap = false;
        for (String line : Files.readAllLines(Paths.get("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                heap = line.endsWith("[heap]");
            } else if (heap && line.startsWith("Rss:")) {
                bytes += Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return bytes;
    }

    @Test
    void l20_a_hundred_thousand_array_elements_leave_no_local_reference() {
        byte[][] names = new byte[100_000][];
        byte[][] values = new byte[100_000][];
        Arrays.fill(names, "scope".getBytes(StandardCharsets.UTF_8));
        Arrays.fill(values, "openid".getBytes(StandardCharsets.UTF_8));
        // All are read before the first is checked; the last one wins, and the rest is missing.
        HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> Native.app_new(names, values));
        assertEquals(ErrorKind.ARGUMENT, error.getKind());
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            for (int i = 0; i < 20_000; i++) {
                assertThrows(HeadlessIdException.class, () -> flow.set("no_such", "x"));
            }
            Fixtures.play(flow);
        }
    }

    @Test
    void l20_nulls_come_through_as_absent() {
        assertThrows(HeadlessIdException.class, () -> Native.app_new(new byte[][] {null}, new byte[][] {null}));
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            flow.set("scope", (CharSequence) null);
            assertNull(Fixtures.field(assertInstanceOf(Step.Send.class, flow.next(NOW)).getRequest(), "scope"));
        }
    }

    @Test
    void l21_use_after_close_is_illegal_state() {
        App app = Fixtures.app();
        Flow flow = Fixtures.login(app);
        app.close();
        app.close();
        assertThrows(IllegalStateException.class, () -> app.newFlow("login"));
        // The flow keeps its own part of the app.
        Fixtures.play(flow);
        flow.close();
        flow.close();
        flow.cancel();
        assertThrows(IllegalStateException.class, () -> flow.next(NOW));
        assertThrows(IllegalStateException.class, () -> flow.set("scope", "x"));
        assertThrows(IllegalStateException.class, flow::getTrace);
    }

    @Test
    void l21_close_races_calls() throws Exception {
        try (App app = Fixtures.app()) {
            for (int round = 0; round < 100; round++) {
                Flow flow = Fixtures.login(app);
                AtomicReference<Throwable> other = new AtomicReference<>();
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    threads.add(start(() -> {
                        while (true) {
                            try {
                                flow.next(NOW);
                            } catch (HeadlessIdException e) {
                                assertEquals("busy", e.getReason());
                            } catch (IllegalStateException e) {
                                return;
                            }
                        }
                    }, other));
                }
                flow.close();
                join(threads);
                assertNull(other.get());
            }
        }
    }

    @Test
    void l21_the_collector_frees_what_was_forgotten() throws Exception {
        try (App app = Fixtures.app()) {
            int before = Handle.alive();
            for (int i = 0; i < 500; i++) {
                Fixtures.login(app).next(NOW);
            }
            for (int i = 0; i < 100 && Handle.alive() > before + 10; i++) {
                System.gc();
                Thread.sleep(10);
                app.newFlow("login").close();
            }
            assertTrue(Handle.alive() <= before + 10, "still held: " + (Handle.alive() - before));
        }
    }

    @Test
    void l21_the_collector_does_not_free_what_a_call_is_in() throws Exception {
        try (App app = Fixtures.app()) {
            AtomicReference<Throwable> other = new AtomicReference<>();
            CountDownLatch done = new CountDownLatch(1);
            Thread collector = start(() -> {
                while (done.getCount() > 0) {
                    System.gc();
                    app.newFlow("guest").close();
                }
            }, other);
            for (int i = 0; i < 2000; i++) {
                // Only the call itself holds the flow.
                assertInstanceOf(Step.Send.class, Fixtures.login(app).next(NOW));
            }
            done.countDown();
            collector.join();
            assertNull(other.get());
        }
    }

    @Test
    void cancel_says_whether_it_ended_the_flow() {
        try (App app = Fixtures.app()) {
            Flow flow = Fixtures.login(app);
            flow.next(NOW);
            assertTrue(flow.cancel());
            assertTrue(assertInstanceOf(Step.Failed.class, flow.next(NOW)).getError().isCancelled());
            assertFalse(flow.cancel());
            flow.close();
            assertFalse(flow.cancel());
        }
    }

    @Test
    void a_value_is_offered_before_it_is_asked_for() {
        try (App app = Fixtures.app(); Flow flow = app.newFlow("login")) {
            flow.set("username", Fixtures.USERNAME);
            flow.offer("password", "first");
            flow.offer("password", PASSWORD.toCharArray());
            HttpRequest request = assertInstanceOf(Step.Send.class, flow.next(NOW)).getRequest();
            assertEquals(PASSWORD, Fixtures.field(request, "password"));
            assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> flow.offer("otp", "1"));
        }
    }

    @Test
    void a_host_without_a_value_ends_the_flow() {
        try (App app = Fixtures.app(); Flow flow = app.newFlow("login")) {
            flow.set("username", Fixtures.USERNAME);
            assertInstanceOf(Step.Ask.class, flow.next(NOW));
            flow.giveNothing("the person went away");
            HeadlessIdException error = assertInstanceOf(Step.Failed.class, flow.next(NOW)).getError();
            assertEquals("no_value", error.getReason());
            assertTrue(error.getMessage().contains("the person went away"), error::getMessage);
        }
    }

    @Test
    void n08_cancel_at_every_step_ends_once() {
        try (App app = Fixtures.app()) {
            for (int at = 0; at < 3; at++) {
                try (Flow flow = Fixtures.login(app)) {
                    for (int i = 0; i < at; i++) {
                        HttpRequest request = assertInstanceOf(Step.Send.class, flow.next(NOW)).getRequest();
                        if (i + 1 < at) {
                            flow.giveResponse(Fixtures.yes(request));
                        }
                    }
                    flow.cancel();
                    flow.cancel();
                    HeadlessIdException error = assertInstanceOf(Step.Failed.class, flow.next(NOW)).getError();
                    assertTrue(error.isCancelled(), error::toString);
                    assertEquals(ErrorKind.STATE, error.getKind());
                    assertEquals(ErrorKind.STATE, assertThrows(HeadlessIdException.class, () -> flow.giveResponse(200, 11, new byte[0])).getKind());
                }
            }
        }
    }

    @Test
    void a_wrong_event_is_state_and_changes_nothing() {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            assertEquals(ErrorKind.STATE, assertThrows(HeadlessIdException.class, () -> flow.giveResponse(200, 11, new byte[0])).getKind());
            flow.next(NOW);
            assertEquals(ErrorKind.STATE, assertThrows(HeadlessIdException.class, () -> flow.giveValue("otp", "1")).getKind());
            assertEquals(ErrorKind.STATE, assertThrows(HeadlessIdException.class, () -> flow.set("scope", "x")).getKind());
            Fixtures.play(flow);
        }
    }

    @Test
    void timeout_and_trace_are_the_flows_own() {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            flow.setTimeoutMillis(1234).setTrace(true);
            assertEquals(0, flow.getDeadlineMillis());
            flow.next(NOW);
            assertEquals(NOW + 1234, flow.getDeadlineMillis());
            Fixtures.play(flow);
            assertTrue(flow.getTrace().contains("/services/oauth2/token"), flow.getTrace());
            assertTrue(!flow.getTrace().contains("MARK"), flow.getTrace());
        }
    }

    @ParameterizedTest
    @EnumSource(Advice.class)
    void every_advice_has_the_librarys_name(Advice advice) {
        assertEquals(advice, Advice.of(advice.name()));
        assertEquals(Advice.UNKNOWN, Advice.of("SOMETHING_NEW"));
        assertNotEquals(ErrorKind.ARGUMENT, ErrorKind.of(null));
    }

    @Test
    void two_logins_draw_different_secrets() {
        try (App app = Fixtures.app(); Flow one = Fixtures.login(app); Flow two = Fixtures.login(app)) {
            HttpRequest first = assertInstanceOf(Step.Send.class, one.next(NOW)).getRequest();
            HttpRequest second = assertInstanceOf(Step.Send.class, two.next(NOW)).getRequest();
            assertNotEquals(Fixtures.field(first, "state"), Fixtures.field(second, "state"));
            assertNotEquals(Fixtures.field(first, "code_challenge"), Fixtures.field(second, "code_challenge"));
        }
    }

    @Test
    void a_guest_fills_what_was_not_given_by_name() {
        String uvid = "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";
        String other = "0f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c12";
        GuestIdentity guest = GuestIdentity.of(uvid, null);
        LoginRequest.Builder builder = LoginRequest.builder().username("a@b.c").password(PASSWORD).guest(guest);
        assertEquals("LoginRequest[guest, username, password]", builder.build().toString());
        assertEquals(uvid, hint(builder));
        // Twice from one builder, which stays unchanged.
        assertEquals(uvid, hint(builder));
        // In any order.
        assertEquals(other, hint(builder.uvid(other)));
        assertEquals(other, hint(builder.guest(guest)));
        assertEquals(uvid, hint(builder.uvid(null)));
        assertEquals("LoginRequest[username, password]", builder.guest(null).build().toString());
        HeadlessIdException malformed = assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> hint(builder.guest(GuestIdentity.of("MARK", null))));
        assertEquals("guest", malformed.getField());
        assertFalse(malformed.toString().contains("MARK"), malformed.toString());
    }

    private static String hint(LoginRequest.Builder builder) {
        try (App app = Fixtures.app(); Flow flow = app.newFlow(builder.build())) {
            return Fixtures.field(assertInstanceOf(Step.Send.class, flow.next(NOW)).getRequest(), "uvid_hint");
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static Thread start(Work work, AtomicReference<Throwable> failure) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        });
        thread.start();
        return thread;
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Another thread may cancel at any time: the one that uses the flow must not be told that it is in use. */
    @Test
    void a_cancellation_makes_no_call_busy() throws Exception {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread user = new Thread(() -> {
                try {
                    for (int i = 0; i < 5_000; i++) {
                        flow.next(NOW);
                    }
                } catch (Throwable e) {
                    thrown.set(e);
                }
            });
            user.start();
            while (user.isAlive()) {
                flow.cancel();
            }
            user.join();
            assertNull(thrown.get(), () -> thrown.get().toString());
            assertTrue(assertInstanceOf(Step.Failed.class, flow.next(NOW)).getError().isCancelled());
        }
    }
}
