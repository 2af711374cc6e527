package io.headlessid;

import static io.headlessid.Fixtures.assertKind;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headlessid.testing.SimulatedOrg;
import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Sessions in a store: what they give, what they cost, and what no caller can do to them. */
class SessionsTest {
    private static final Map<String, byte[]> KEYS = Collections.singletonMap("k1", new byte[32]);
    private static final long HOUR = 3_600_000;

    /** Counts, fails or hangs where a test says so. */
    static final class Watched implements SessionStore {
        final MemoryStore store = new MemoryStore();
        final AtomicInteger loads = new AtomicInteger();
        final AtomicInteger operations = new AtomicInteger();
        volatile Exception failure;
        volatile CountDownLatch gate;

        private void look() throws Exception {
            operations.incrementAndGet();
            CountDownLatch waits = gate;
            if (waits != null) {
                waits.await();
            }
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public StoredSession load(byte[] key) throws Exception {
            look();
            loads.incrementAndGet();
            return store.load(key);
        }

        @Override
        public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) throws Exception {
            look();
            return store.save(key, expected, version, value, ttl);
        }

        @Override
        public boolean delete(byte[] key, String version) throws Exception {
            look();
            return store.delete(key, version);
        }

        @Override
        public boolean lock(byte[] key, String owner, Duration ttl) throws Exception {
            look();
            return store.lock(key, owner, ttl);
        }

        @Override
        public boolean unlock(byte[] key, String owner) throws Exception {
            look();
            return store.unlock(key, owner);
        }
    }

    private final FakeSite site = new FakeSite();
    private final Watched store = new Watched();

    private Client.Builder builder() {
        return Client.builder().site(Fixtures.SITE).clientId("3MVG9").redirectUri(Fixtures.REDIRECT_URI).transport(site);
    }

    private static TokenSet tokens(long lifetimeMillis) {
        return TokenSet.fromJson(FakeSite.tokens(System.currentTimeMillis() - HOUR, HOUR + lifetimeMillis));
    }

    // ---- begin, token, rejected, end

    @Test
    void the_token_comes_from_this_process_without_a_look_at_the_store() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(2 * HOUR));
            int operations = store.operations.get();
            for (int i = 0; i < 100; i++) {
                assertEquals("00D!MARKaccess0", session.accessToken(Duration.ofMinutes(1)));
            }
            assertEquals("00D!MARKaccess0", session.accessTokenAsync().join());
            assertEquals(operations, store.operations.get());
            SessionToken token = session.token();
            assertEquals("00D!MARKaccess0", token.getAccessToken());
            assertEquals("Bearer", token.getTokenType());
            assertFalse(token.getRefreshed());
            assertNull(token.getRefreshFailure());
            assertTrue(token.getExpiresAtMs() > System.currentTimeMillis());
            assertEquals(0, site.refreshes.get());
        }
    }

    @Test
    void another_object_for_the_same_store_has_the_session_too() {
        try (Client client = builder().build()) {
            client.sessions(store, KEYS).begin("user-42", tokens(2 * HOUR));
            assertEquals("00D!MARKaccess0", client.sessions(store, KEYS).get("user-42".getBytes(StandardCharsets.UTF_8)).tokenAsync().join().getAccessToken());
            assertKind(ErrorKind.REFUSED, "no_session", () -> client.sessions(store, KEYS).get("user-43").accessToken());
        }
    }

    @Test
    void one_key_is_one_session() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session held = sessions.get("käse");
            assertSame(held, sessions.get("käse".getBytes(StandardCharsets.UTF_8)));
            for (int i = 0; i < 10_100; i++) {
                sessions.get("other-" + i);
            }
            assertSame(held, sessions.get("käse"));
            assertEquals("key", assertThrows(HeadlessIdException.class, () -> sessions.get("")).getField());
            assertEquals("key", assertThrows(HeadlessIdException.class, () -> sessions.get(new byte[513])).getField());
            sessions.get(new byte[512]);
        }
    }

    @Test
    void keys_are_needed_and_checked() {
        try (Client client = builder().build()) {
            assertKind(ErrorKind.STATE, "no_session_keys", () -> client.sessions(store));
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> client.sessions(store, Collections.singletonMap("k1", new byte[5])));
            assertEquals(ErrorKind.ARGUMENT, error.getKind());
            assertEquals("sessionKeys", error.inCamelCase().getField());
        }
    }

    /** Each says what a key looks like, and none shows one. */
    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void a_wrong_key_says_what_one_looks_like_and_is_never_shown() {
        try (Client client = builder().build()) {
            String secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ";
            for (Map keys : Arrays.<Map>asList(Collections.singletonMap("k1", "secret-secret-secret".getBytes(StandardCharsets.UTF_8)),
                    Collections.singletonMap("k 1", new byte[32]), Collections.singletonMap("k1", secret), Collections.singletonMap("k1", null),
                    Collections.singletonMap(1, new byte[32]), Collections.singletonMap(null, new byte[32]))) {
                HeadlessIdException wrong = assertThrows(HeadlessIdException.class, () -> client.sessions(store, (Map<String, byte[]>) keys));
                assertEquals("sessionKeys", wrong.getField(), wrong::toString);
                assertTrue(wrong.getMessage().contains("32"), wrong::toString);
                assertFalse(wrong.toString().contains("c2Vj") || wrong.toString().contains("secret"), wrong::toString);
                assertThrows(HeadlessIdException.class, () -> builder().sessionKeys((Map<String, byte[]>) keys).build().close());
            }
            for (String words : new String[] {secret, "k1:" + secret, "k1:" + secret + " k1:" + secret}) {
                HeadlessIdException wrong = assertThrows(HeadlessIdException.class, () -> builder().sessionKeys(words).build().close());
                assertTrue(wrong.getMessage().contains("id:base64-of-32-bytes") && wrong.getMessage().contains("headlessid session new-key"), wrong::toString);
                assertFalse(wrong.toString().contains("c2Vj"), wrong::toString);
            }
            assertTrue(assertKind(ErrorKind.STATE, "no_session_keys", () -> client.sessions(store)).getMessage().contains("id:base64-of-32-bytes"));
        }
    }

    private static void assertNullRefused(String name, Executable call) {
        assertEquals(name, assertThrows(NullPointerException.class, call).getMessage());
    }

    @Test
    void null_is_refused_by_name() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            assertNullRefused("store", () -> client.sessions((SessionStore) null));
            assertNullRefused("store", () -> client.sessions((AsyncSessionStore) null, KEYS));
            assertNullRefused("store", () -> client.sessions((SessionStore) null, options -> {}));
            assertNullRefused("keys", () -> client.sessions(store, (Map<String, byte[]>) null));
            assertNullRefused("configuration", () -> client.sessions(store, (Sessions.Configuration) null));
            assertNullRefused("sessionKeys", () -> client.sessions(store, options -> options.keys(null)));
            assertNullRefused("limit", () -> client.sessions(store, options -> options.storeTimeout(null)));
            assertNullRefused("executor", () -> client.sessions(store, options -> options.storeExecutor(null)));
            assertNullRefused("key", () -> sessions.get((String) null));
            assertNullRefused("key", () -> sessions.get((byte[]) null));
            assertNullRefused("key", () -> sessions.begin((String) null, tokens(HOUR)));
            assertNullRefused("key", () -> sessions.guest((byte[]) null));
            assertNullRefused("tokens", () -> sessions.begin("a", (TokenSet) null));
            assertNullRefused("guest", () -> sessions.beginAsync("a", (Guest) null));
            Session session = sessions.get("a");
            assertNullRefused("tokens", () -> session.begin((TokenSet) null));
            assertNullRefused("guest", () -> session.begin((Guest) null));
            assertNullRefused("accessToken", () -> session.rejected(null));
            assertNullRefused("accessToken", () -> session.rejectedAsync(null));
            assertNullRefused("minTtl", () -> session.accessToken(null));
            assertNullRefused("minTtl", () -> session.tokenAsync(null));
        }
        assertEquals(0, store.operations.get());
    }

    @Test
    void a_time_that_no_token_can_last_is_refused_in_a_sentence() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("a", tokens(HOUR));
            for (Duration wrong : new Duration[] {Duration.ofMillis(-1), Duration.ofDays(-1), Duration.ofSeconds(Long.MIN_VALUE), Duration.ofSeconds(Long.MAX_VALUE)}) {
                for (Executable call : new Executable[] {() -> session.accessToken(wrong), () -> session.token(wrong), () -> session.accessTokenAsync(wrong),
                        () -> session.tokenAsync(wrong)}) {
                    String said = assertThrows(IllegalArgumentException.class, call).getMessage();
                    assertTrue(said.startsWith("minTtl must "), said);
                }
            }
            assertEquals("00D!MARKaccess0", session.accessToken(Duration.ZERO));
        }
    }

    @Test
    void sixty_four_threads_at_the_end_of_a_token_are_one_refresh() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(64);
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            for (int round = 1; round <= 5; round++) {
                Session session = sessions.begin("user-" + round, TokenSet.fromJson(FakeSite.tokens(System.currentTimeMillis() - HOUR, HOUR)
                        .replace("refresh0", "first" + round)));
                CountDownLatch start = new CountDownLatch(1);
                List<Future<String>> got = new ArrayList<>();
                for (int i = 0; i < 64; i++) {
                    boolean waits = i % 2 == 0;
                    got.add(threads.submit(() -> {
                        start.await();
                        return waits ? session.accessToken() : session.accessTokenAsync().get();
                    }));
                }
                start.countDown();
                for (Future<String> one : got) {
                    assertEquals("00D!MARKaccess" + round, one.get(20, TimeUnit.SECONDS));
                }
                assertEquals(round, site.refreshes.get());
            }
            assertEquals(0, site.reused.get());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void the_result_says_that_it_was_refreshed_once() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(-1));
            assertTrue(session.token().getRefreshed());
            assertFalse(session.token().getRefreshed());
            assertEquals(1, site.refreshes.get());
        }
    }

    @Test
    void a_rejected_token_is_replaced_once() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(2 * HOUR));
            CompletableFuture<String> one = session.rejectedAsync("00D!MARKaccess0");
            CompletableFuture<String> other = session.rejectedAsync("00D!MARKaccess0");
            assertEquals("00D!MARKaccess1", one.join());
            assertEquals("00D!MARKaccess1", other.join());
            assertEquals("00D!MARKaccess1", session.rejected("00D!MARKaccess0"));
            assertEquals("00D!MARKaccess1", session.accessToken());
            assertEquals(1, site.refreshes.get());
        }
    }

    @Test
    void a_rejected_token_is_not_given_while_another_is_had() throws Exception {
        site.gate = new CountDownLatch(1);
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(2 * HOUR));
            session.rejectedAsync("00D!MARKaccess0");
            CompletableFuture<String> next = session.accessTokenAsync();
            assertEquals("waits", next.getNow("waits"));
            site.gate.countDown();
            assertEquals("00D!MARKaccess1", next.get(10, TimeUnit.SECONDS));
            assertEquals("00D!MARKaccess1", session.accessToken());
        }
    }

    @Test
    void end_forgets_and_revokes() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(2 * HOUR));
            assertTrue(session.end());
            assertEquals(2, site.revoked.get());
            assertKind(ErrorKind.REFUSED, "no_session", session::accessToken);
            ExecutionException thrown = assertThrows(ExecutionException.class, () -> session.tokenAsync().get());
            assertEquals("no_session", assertInstanceOf(HeadlessIdException.class, thrown.getCause()).getReason());
            assertFalse(session.endAsync().join());
        }
    }

    @Test
    void a_longer_time_is_not_served_by_a_flow_for_a_shorter_one() throws Exception {
        site.gate = new CountDownLatch(1);
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(-1));
            CompletableFuture<String> first = session.accessTokenAsync();
            assertTrue(site.reached.await(10, TimeUnit.SECONDS));
            CompletableFuture<String> longer = session.accessTokenAsync(Duration.ofMinutes(20));
            CompletableFuture<String> rejected = session.rejectedAsync("00D!MARKother");
            site.gate.countDown();
            assertEquals("00D!MARKaccess1", first.get(10, TimeUnit.SECONDS));
            assertEquals("00D!MARKaccess1", longer.get(10, TimeUnit.SECONDS));
            assertEquals("00D!MARKaccess1", rejected.get(10, TimeUnit.SECONDS));
            assertEquals(1, site.refreshes.get());
        }
    }

    @Test
    void threads_that_do_everything_at_once_end_and_use_no_refresh_token_twice() throws Exception {
        site.lifetimeSeconds = 1;
        AtomicInteger begun = new AtomicInteger();
        Set<String> reasons = ConcurrentHashMap.newKeySet();
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (Client client = builder().build(); Sessions one = client.sessions(store, KEYS); Sessions other = client.sessions(store, KEYS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                Random random = new Random(i);
                running.add(threads.submit(() -> {
                    for (int call = 0; call < 200; call++) {
                        Session session = (random.nextBoolean() ? one : other).get("user-" + random.nextInt(3));
                        try {
                            act(session, random.nextInt(8), begun);
                        } catch (HeadlessIdException e) {
                            reasons.add(e.getReason());
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> thread : running) {
                thread.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertTrue(site.refreshes.get() > 0);
        assertEquals(0, site.reused.get());
        // session_ended: another thread is just ending it.
        assertTrue(Set.of("no_session", "session_busy", "session_ended").containsAll(reasons), reasons::toString);
    }

    private static void act(Session session, int what, AtomicInteger begun) {
        switch (what) {
            case 0:
                session.begin(TokenSet.fromJson(FakeSite.tokens(System.currentTimeMillis(), 50).replace("refresh0", "begun" + begun.incrementAndGet())));
                break;
            case 1:
                session.end();
                break;
            case 2:
                session.rejected(session.accessToken());
                break;
            case 3:
                session.accessTokenAsync(Duration.ofMinutes(5)).cancel(true);
                break;
            case 4:
                session.rejectedAsync(session.accessToken()).cancel(true);
                break;
            default:
                session.token();
        }
    }

    // ---- no caller ends a flow

    @Test
    void cancelling_a_future_never_cancels_the_refresh() throws Exception {
        site.gate = new CountDownLatch(1);
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(-1));
            CompletableFuture<String> cancelled = session.accessTokenAsync();
            CompletableFuture<String> completed = session.accessTokenAsync();
            CompletableFuture<String> kept = session.accessTokenAsync();
            assertTrue(site.reached.await(10, TimeUnit.SECONDS));
            assertTrue(cancelled.cancel(true));
            assertTrue(completed.complete("mine"));
            site.gate.countDown();
            assertEquals("00D!MARKaccess1", kept.get(10, TimeUnit.SECONDS));
            assertEquals("00D!MARKaccess1", client.sessions(store, KEYS).get("user-42").accessToken());
            assertEquals(1, site.refreshes.get());
        }
    }

    @Test
    void an_interrupt_ends_the_waiting_and_not_the_refresh() throws Exception {
        site.gate = new CountDownLatch(1);
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(-1));
            CompletableFuture<Object> outcome = new CompletableFuture<>();
            Thread waiting = new Thread(() -> {
                try {
                    outcome.complete(session.accessToken());
                } catch (HeadlessIdException e) {
                    outcome.complete(e.getReason() + Thread.currentThread().isInterrupted());
                }
            });
            waiting.start();
            assertTrue(site.reached.await(10, TimeUnit.SECONDS));
            waiting.interrupt();
            assertEquals("cancelledtrue", outcome.get(10, TimeUnit.SECONDS));
            site.gate.countDown();
            assertEquals("00D!MARKaccess1", session.accessToken());
            assertEquals(1, site.refreshes.get());
        }
    }

    @Test
    void close_waits_for_the_refresh() throws Exception {
        site.gate = new CountDownLatch(1);
        Client client = builder().build();
        Session session = client.sessions(store, KEYS).begin("user-42", tokens(-1));
        CompletableFuture<String> got = session.accessTokenAsync();
        assertTrue(site.reached.await(10, TimeUnit.SECONDS));
        CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close);
        Thread.sleep(100);
        assertFalse(closed.isDone());
        site.gate.countDown();
        closed.get(10, TimeUnit.SECONDS);
        assertEquals("00D!MARKaccess1", got.get(10, TimeUnit.SECONDS));
        assertThrows(IllegalStateException.class, session::accessToken);
        assertThrows(IllegalStateException.class, session::end);
        try (Client next = builder().build()) {
            assertEquals("00D!MARKaccess1", next.sessions(store, KEYS).get("user-42").accessToken());
        }
    }

    @Test
    void a_caller_on_the_only_thread_of_the_executor_does_not_wait_for_itself() throws Exception {
        ExecutorService only = Executors.newSingleThreadExecutor();
        try (Client client = builder().executor(only).build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("user-42", tokens(-1));
            assertEquals("00D!MARKaccess1", only.submit(() -> session.accessToken()).get(10, TimeUnit.SECONDS));
        } finally {
            only.shutdownNow();
        }
    }

    // ---- in the background

    /** Of a token that lives four seconds the last fifth, at most, is due. */
    private String untilDue(Session session) throws Exception {
        String last = "";
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!site.reached.await(5, TimeUnit.MILLISECONDS) && System.nanoTime() < until) {
            last = session.accessTokenAsync().getNow("waits");
        }
        return last;
    }

    @Test
    void a_token_that_is_due_but_lasts_is_given_while_another_is_had() throws Exception {
        site.gate = new CountDownLatch(1);
        AtomicInteger tasks = new AtomicInteger();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, options -> options.keys(KEYS).storeExecutor(task -> {
            tasks.incrementAndGet();
            threads.execute(task);
        }))) {
            sessions.getHost().backgroundTtlMillis = 1;
            Session session = sessions.begin("user-42", tokens(4_000));
            assertEquals("00D!MARKaccess0", untilDue(session));
            // Also those that want more than what is under way: none waits, and none is queued.
            for (int i = 0; i < 1000; i++) {
                assertEquals("00D!MARKaccess0", session.accessToken(Duration.ofMillis(2)));
            }
            assertEquals("00D!MARKaccess0", session.token().getAccessToken());
            site.gate.countDown();
            session.underWay().get(10, TimeUnit.SECONDS);
            assertEquals("00D!MARKaccess1", session.accessToken());
            assertEquals(1, site.refreshes.get());
            assertTrue(tasks.get() < 100, "tasks " + tasks);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void without_the_background_the_call_waits() throws Exception {
        site.gate = new CountDownLatch(1);
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, options -> options.keys(KEYS).backgroundRefresh(false))) {
            sessions.getHost().backgroundTtlMillis = 1;
            Session session = sessions.begin("user-42", tokens(1_000));
            assertEquals("waits", untilDue(session));
            site.gate.countDown();
            assertEquals("00D!MARKaccess1", session.accessToken());
        }
    }

    @Test
    void a_refresh_that_fails_in_the_background_is_not_repeated_at_once() throws Exception {
        assumeTrue("1".equals(System.getenv("HLID_PROOF")), "takes eight seconds");
        site.status = 503;
        try (Client client = builder().timeoutMs(500).build(); Sessions sessions = client.sessions(store, KEYS)) {
            sessions.getHost().backgroundTtlMillis = 1;
            Session session = sessions.begin("user-42", tokens(10_000));
            assertEquals("00D!MARKaccess0", untilDue(session));
            CompletableFuture<FlowResult> underWay = session.underWay();
            if (underWay != null) {
                underWay.get(20, TimeUnit.SECONDS);
            }
            int operations = store.operations.get();
            for (int i = 0; i < 20; i++) {
                assertEquals("00D!MARKaccess0", session.accessToken());
            }
            assertEquals(operations, store.operations.get());
        }
    }

    // ---- a store that fails

    @Test
    void what_a_store_throws_is_the_cause_and_only_a_text_for_people_is_shown() {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.get("user-42");
            store.failure = new IllegalStateException("secretMARK");
            HeadlessIdException error = assertKind(ErrorKind.TRANSPORT, "store_fault", session::accessToken);
            assertEquals(Advice.RETRY_LATER, error.getAdvice());
            assertSame(store.failure, error.getCause());
            assertFalse(error.toString().contains("MARK"), error::toString);
            assertTrue(error.getMessage().contains("IllegalStateException"), error::toString);
            store.failure = new SessionStoreException("the table is\nlocked", null);
            error = assertKind(ErrorKind.TRANSPORT, "store_fault", session::accessToken);
            assertTrue(error.getMessage().contains("the table is locked"), error::toString);
            store.failure = null;
            session.begin(tokens(2 * HOUR));
            assertEquals("00D!MARKaccess0", session.accessToken());
        }
    }

    @Test
    void a_store_that_hangs_has_failed() {
        try (Client client = builder().timeoutMs(1000).build();
                Sessions sessions = client.sessions(store, options -> options.keys(KEYS).storeTimeout(Duration.ofMillis(100)))) {
            store.gate = new CountDownLatch(1);
            HeadlessIdException error = assertKind(ErrorKind.TRANSPORT, "store_fault", sessions.get("user-42")::accessToken);
            assertTrue(error.getMessage().contains("100 ms"), error::toString);
            store.gate.countDown();
        }
        assertThrows(HeadlessIdException.class, () -> builder().build().sessions(store, options -> options.storeTimeout(Duration.ZERO)));
    }

    /** A store that does not wait; it gives null once. */
    private static final class Later implements AsyncSessionStore {
        private final MemoryStore store = new MemoryStore();
        private volatile boolean givesNull;

        private <T> CompletionStage<T> later(T value) {
            CompletableFuture<T> future = new CompletableFuture<>();
            CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS).execute(() -> future.complete(value));
            return future;
        }

        @Override
        public CompletionStage<StoredSession> load(byte[] key) {
            return later(store.load(key));
        }

        @Override
        public CompletionStage<Boolean> save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
            return later(store.save(key, expected, version, value, ttl));
        }

        @Override
        public CompletionStage<Boolean> delete(byte[] key, String version) {
            return later(store.delete(key, version));
        }

        @Override
        public CompletionStage<Boolean> lock(byte[] key, String owner, Duration ttl) {
            return later(givesNull ? null : store.lock(key, owner, ttl));
        }

        @Override
        public CompletionStage<Boolean> unlock(byte[] key, String owner) {
            return later(store.unlock(key, owner));
        }
    }

    @Test
    void a_store_that_does_not_wait() {
        Later later = new Later();
        try (Client client = builder().build(); Sessions sessions = client.sessions(later, KEYS)) {
            Session session = sessions.beginAsync("user-42", tokens(-1)).join();
            later.givesNull = true;
            assertKind(ErrorKind.TRANSPORT, "store_fault", session::accessToken);
            later.givesNull = false;
            assertEquals("00D!MARKaccess1", session.accessTokenAsync().join());
            assertTrue(session.end());
        }
    }

    // ---- secrets and memory

    @Test
    void no_text_holds_the_token_or_the_key() throws Exception {
        try (Client client = builder().build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("keyMARK", tokens(2 * HOUR));
            SessionToken token = session.token();
            for (Object object : new Object[] {sessions, session, token, store.load("keyMARK".getBytes(StandardCharsets.UTF_8)), store.store}) {
                assertFalse(object.toString().contains("MARK"), object::toString);
            }
            assertFalse(new ObjectMapper().writeValueAsString(token).contains("MARK"));
            for (Object object : new Object[] {sessions, session, token}) {
                assertThrows(NotSerializableException.class, () -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(object));
            }
            store.failure = new SessionStoreException("away", null);
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> sessions.get("otherMARK").accessToken());
            StringWriter text = new StringWriter();
            error.printStackTrace(new PrintWriter(text));
            assertFalse(text.toString().contains("MARK"), text::toString);
            byte[] record = store.store.load("keyMARK".getBytes(StandardCharsets.UTF_8)).getValue();
            assertFalse(new String(record, StandardCharsets.ISO_8859_1).contains("MARK"));
        }
    }

    @Test
    void forgotten_sessions_are_freed() throws Exception {
        try (Client client = builder().build()) {
            for (int i = 0; i < 100; i++) {
                client.sessions(store, KEYS).get("user-" + i);
            }
            long before = Handle.alive();
            for (int i = 0; i < 50 && Handle.alive() > before - 150; i++) {
                System.gc();
                Thread.sleep(20);
                Handle.freeForgotten();
            }
            assertTrue(Handle.alive() <= before - 150, before + " " + Handle.alive());
        }
    }

    // ---- with a site and the library's own client

    @Test
    void a_guest_becomes_a_customer_in_one_session() {
        try (SimulatedOrg org = SimulatedOrg.start(); Client client = org.clientBuilder().build(); Sessions sessions = client.sessions(new MemoryStore(), KEYS)) {
            org.change(Map.of("apps", List.of(Map.of("client_id", org.getPublicApp().getClientId(), "is_refresh_token_rotation_enabled", true))));
            Session session = sessions.guest("browser-1");
            SessionToken visit = session.token();
            assertSame(session, sessions.guestAsync("browser-1").join());
            assertEquals(visit.getUvid(), session.token().getUvid());
            TokenSet me = client.login(request -> request.username(org.getUser().getUsername()).password(org.getUser().getPassword())
                    .guest(GuestIdentity.of(visit.getUvid(), session.accessToken())));
            sessions.begin("browser-1", me);
            assertEquals(me.getAccessToken(), session.accessToken());
            assertEquals(visit.getUvid(), session.token().getUvid());
            assertKind(ErrorKind.STATE, "named_session", () -> sessions.guest("browser-1"));
            String next = session.rejected(me.getAccessToken());
            assertNotEquals(me.getAccessToken(), next);
            assertEquals(org.getUser().getUsername(), client.userinfo(request -> request.accessToken(next)).getPreferredUsername());
            assertTrue(session.end());
            assertKind(ErrorKind.REFUSED, "no_session", session::accessToken);
            HeadlessIdException over = assertThrows(HeadlessIdException.class, () -> client.userinfo(request -> request.accessToken(next)));
            assertTrue(over.getHttpStatus() == 401 || over.getHttpStatus() == 403, over::toString);
        }
    }
}
