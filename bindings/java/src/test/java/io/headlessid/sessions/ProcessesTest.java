package io.headlessid.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headlessid.Client;
import io.headlessid.SessionStore;
import io.headlessid.Sessions;
import io.headlessid.TokenSet;
import io.headlessid.internal.JsonText;
import io.headlessid.internal.JsonTree;
import io.headlessid.jdbc.JdbcStore;
import io.headlessid.redis.JedisStore;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisPooled;

/** Four processes on one store, and a site that rotates refresh tokens: none is used twice, and no one is signed out. */
class ProcessesTest {
    private static final int PROCESSES = 4;
    private static final int SESSIONS = 4;
    private static final boolean PROOF = "1".equals(System.getenv("HLID_PROOF"));

    @TempDir
    Path folder;

    /** Tokens that live two seconds; refresh tokens of the form name.number. */
    private static final class Site implements AutoCloseable {
        final HttpServer server;
        final ExecutorService threads = Executors.newFixedThreadPool(8);
        final Set<String> seen = ConcurrentHashMap.newKeySet();
        final AtomicInteger refreshes = new AtomicInteger();
        final AtomicInteger reused = new AtomicInteger();

        Site() throws Exception {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", this::respond);
            server.setExecutor(threads);
            server.start();
        }

        String address() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        private void respond(HttpExchange exchange) throws java.io.IOException {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Matcher token = Pattern.compile("refresh_token=(u[0-9]+)\\.([0-9]+)").matcher(body);
            int status = 400;
            String text = "{\"error\":\"invalid_grant\",\"error_description\":\"expired authorization code\"}";
            if (token.find()) {
                refreshes.incrementAndGet();
                if (seen.add(token.group())) {
                    status = 200;
                    text = tokens(token.group(1), Integer.parseInt(token.group(2)) + 1);
                } else {
                    reused.incrementAndGet();
                }
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }

        static String tokens(String user, int number) {
            return "{\"access_token\":\"00D!" + user + "." + number + "\",\"refresh_token\":\"" + user + "." + number
                    + "\",\"token_type\":\"Bearer\",\"expires_in\":2}";
        }

        @Override
        public void close() {
            server.stop(0);
            threads.shutdownNow();
        }
    }

    @Test
    void on_one_redis() throws Exception {
        assumeTrue(Servers.hasRedis(), "needs Debian's redis-server");
        try (Servers server = Servers.redis(folder); JedisPooled jedis = new JedisPooled("127.0.0.1", server.port())) {
            prove(new JedisStore(jedis), "redis://127.0.0.1:" + server.port() + "/0");
        }
    }

    @Test
    void on_one_sqlite_file() throws Exception {
        Path file = folder.resolve("sessions.db");
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            prove(store, "sqlite:" + file);
        }
    }

    private static void prove(SessionStore store, String where) throws Exception {
        byte[] key = new byte[32];
        new java.util.Random(7).nextBytes(key);
        int calls = PROOF ? 5000 : 400;
        try (Site site = new Site()) {
            Map<String, Object> task = new LinkedHashMap<>();
            task.put("site", site.address());
            task.put("client_id", "3MVG9");
            task.put("redirect_uri", "https://app.example.com/callback");
            task.put("settings", Map.of("session_keys", "k1:" + Base64.getUrlEncoder().withoutPadding().encodeToString(key), "allow_http_loopback", true));
            task.put("store", where);
            List<String> keys = new ArrayList<>();
            try (Client client = Client.builder().site(site.address()).clientId("3MVG9").redirectUri("https://app.example.com/callback")
                    .allowHttpLoopback(true).build(); Sessions sessions = client.sessions(store, Map.of("k1", key))) {
                for (int i = 0; i < SESSIONS; i++) {
                    keys.add("u" + i);
                    long now = System.currentTimeMillis();
                    sessions.begin("u" + i, TokenSet.fromJson("{\"access_token\":\"00D!first\",\"token_type\":\"Bearer\",\"uvid_carry\":\"absent\","
                            + "\"refresh_token\":\"u" + i + ".0\",\"issued_at_ms\":" + (now - 7200_000) + ",\"expires_at_ms\":" + (now - 1) + "}"));
                }
            }
            task.put("keys", keys);
            task.put("calls", calls);
            task.put("threads", 4);
            task.put("pause_ms", List.of(10, 60));
            long began = System.nanoTime();
            Map<?, ?>[] summaries = run(task);
            double seconds = (System.nanoTime() - began) / 1e9;
            for (Map<?, ?> summary : summaries) {
                assertEquals((long) calls, summary.get("calls"));
                assertTrue((Long) summary.get("failed") <= calls / 50, summary.toString());
            }
            assertEquals(0, site.reused.get());
            // A token lives two seconds and is due after 1.6 of them at the earliest.
            assertTrue(site.refreshes.get() >= 2 * SESSIONS, "refreshes " + site.refreshes.get());
            assertTrue(site.refreshes.get() <= SESSIONS * (2 + seconds / 1.6), "refreshes " + site.refreshes.get() + " in " + seconds + " s");
        }
    }

    private static Map<?, ?>[] run(Map<String, Object> task) throws Exception {
        Process[] processes = new Process[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            task.put("seed", i);
            processes[i] = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                    "-cp", System.getProperty("java.class.path"), "SessionWorker").redirectError(ProcessBuilder.Redirect.INHERIT).start();
            processes[i].getOutputStream().write((JsonText.write(task) + "\n").getBytes(StandardCharsets.UTF_8));
            processes[i].getOutputStream().flush();
        }
        Map<?, ?>[] summaries = new Map<?, ?>[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(processes[i].getInputStream(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Map<?, ?> said = (Map<?, ?>) JsonTree.read(line);
                // A busy disk: SQLite's lock goes to another process for seconds, and a call says so. No session is lost by that.
                boolean isPassing = "store_fault".equals(said.get("failure")) && "RETRY_LATER".equals(said.get("advice"));
                assertTrue(said.get("failure") == null || isPassing, line);
                if (!isPassing) {
                    summaries[i] = said;
                }
            }
            assertEquals(0, processes[i].waitFor());
        }
        return summaries;
    }
}
