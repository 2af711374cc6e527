import io.headlessid.Client;
import io.headlessid.HeadlessIdException;
import io.headlessid.Session;
import io.headlessid.SessionStore;
import io.headlessid.SessionToken;
import io.headlessid.Sessions;
import io.headlessid.internal.JsonText;
import io.headlessid.internal.JsonTree;
import io.headlessid.jdbc.JdbcStore;
import io.headlessid.redis.JedisStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.JedisPooled;

/** One process of the proofs of sessions: reads its task from standard input, gets access tokens, and reports on standard output. */
final class SessionWorker {
    private final Map<?, ?> task;
    private final Sessions sessions;
    private final List<String> keys = new ArrayList<>();
    private final AtomicLong left;
    private final AtomicLong refreshed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private SessionWorker(Map<?, ?> task, Sessions sessions) {
        this.task = task;
        this.sessions = sessions;
        this.left = new AtomicLong(number("calls"));
        for (Object key : (List<?>) task.get("keys")) {
            keys.add((String) key);
        }
    }

    public static void main(String[] none) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<?, ?> task = (Map<?, ?>) JsonTree.read(in.readLine());
        try (Client client = client(task); Sessions sessions = client.sessions(
                store((String) task.get("store"), ((Long) task.get("threads")).intValue()),
                // A busy machine is not what the proof is about.
                options -> options.storeTimeout(Duration.ofSeconds(30)))) {
            SessionWorker worker = new SessionWorker(task, sessions);
            say(Map.of("ready", true));
            worker.run();
        }
    }

    private static Client client(Map<?, ?> task) throws IOException {
        Map<String, Object> profile = new LinkedHashMap<>();
        for (String name : new String[] {"site", "client_id", "redirect_uri"}) {
            if (task.get(name) != null) {
                profile.put(name, task.get(name));
            }
        }
        ((Map<?, ?>) task.get("settings")).forEach((name, value) -> profile.put((String) name, value));
        Path file = Files.createTempFile("session-worker-", ".json");
        try {
            Files.writeString(file, JsonText.write(profile));
            return Client.builder().fromProfile(file).build();
        } finally {
            Files.delete(file);
        }
    }

    private static SessionStore store(String where, int threads) throws Exception {
        if (where.startsWith("sqlite:")) {
            return JdbcStore.sqlite(Path.of(where.substring("sqlite:".length())));
        }
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(Math.max(8, threads));
        return new JedisStore(new JedisPooled(pool, URI.create(where)));
    }

    private long number(String name) {
        Object value = task.get(name);
        return value == null ? 0 : ((Number) value).longValue();
    }

    private void run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < number("threads"); i++) {
            Random random = new Random(number("seed") * 1000 + i);
            Thread thread = new Thread(() -> calls(random));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("calls", number("calls"));
        summary.put("refreshed", refreshed.get());
        summary.put("failed", failed.get());
        say(summary);
    }

    private void calls(Random random) {
        List<?> pause = (List<?>) task.get("pause_ms");
        long least = pause == null ? 0 : ((Number) pause.get(0)).longValue();
        long most = pause == null ? 0 : ((Number) pause.get(1)).longValue();
        while (left.getAndDecrement() > 0) {
            String key = keys.get(random.nextInt(keys.size()));
            try {
                call(sessions.get(key));
            } catch (HeadlessIdException e) {
                failed.incrementAndGet();
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("failure", e.getReason());
                line.put("advice", e.getAdvice().toString());
                line.put("message", e.getMessage());
                line.put("key", key);
                line.put("at_ms", System.currentTimeMillis());
                say(line);
            }
            try {
                Thread.sleep(least + (most > least ? random.nextInt((int) (most - least + 1)) : 0));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void call(Session session) {
        SessionToken token = session.token(java.time.Duration.ofMillis(number("min_ttl_ms")));
        if (token.getRefreshed()) {
            refreshed.incrementAndGet();
        }
        if (Boolean.TRUE.equals(task.get("use")) && !isAccepted(token.getAccessToken())) {
            session.rejected(token.getAccessToken());
        }
    }

    private boolean isAccepted(String token) {
        try {
            HttpURLConnection connection = (HttpURLConnection) new URL(task.get("site") + "/services/oauth2/userinfo").openConnection();
            connection.setConnectTimeout(5000);
            connection.setReadTimeout(5000);
            connection.setRequestProperty("Authorization", "Bearer " + token);
            int status = connection.getResponseCode();
            // Salesforce refuses a token at this address with 403.
            return status != 401 && status != 403;
        } catch (IOException e) {
            // Not the token's fault.
            return true;
        }
    }

    private static synchronized void say(Map<String, ?> line) {
        System.out.println(JsonText.write(line));
        System.out.flush();
    }
}
