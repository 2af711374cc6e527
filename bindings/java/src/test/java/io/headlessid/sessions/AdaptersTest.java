package io.headlessid.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headlessid.Client;
import io.headlessid.FakeSite;
import io.headlessid.HeadlessIdException;
import io.headlessid.MemoryStore;
import io.headlessid.Session;
import io.headlessid.Sessions;
import io.headlessid.TokenSet;
import io.headlessid.http.SessionHttpClient;
import io.headlessid.okhttp.OkHttpTransport;
import io.headlessid.okhttp.SessionAuth;
import io.headlessid.spring.SessionAuthorizedClientManager;
import io.headlessid.spring.SessionExchangeFilter;
import io.headlessid.spring.SessionRequestInterceptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.http.client.support.HttpRequestWrapper;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.ClientAuthorizationRequiredException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;

/** Each adapter against a real server that responds 401 at the right and the wrong moments. */
class AdaptersTest {
    private static final Map<String, byte[]> KEYS = Map.of("k1", new byte[32]);

    @TempDir
    Path folder;

    private final FakeSite site = new FakeSite();
    private final Client client = Client.builder().site("https://acme.my.site.com").clientId("3MVG9").redirectUri("https://app.example.com/callback")
            .transport(site).build();
    private final Sessions sessions = client.sessions(new MemoryStore(), KEYS);
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final List<String> marks = new CopyOnWriteArrayList<>();
    private volatile Runnable whenAsked = () -> {};
    private volatile String accepted = "00D!MARKaccess1";
    private HttpServer api;
    private Session session;

    @BeforeEach
    void start() throws IOException {
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/", this::respond);
        api.start();
        session = sessions.begin("user-42", TokenSet.fromJson(FakeSite.tokens(System.currentTimeMillis(), 7_200_000)));
    }

    @AfterEach
    void stop() {
        client.close();
        api.stop(0);
    }

    private void respond(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String token = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        whenAsked.run();
        marks.add(String.valueOf(exchange.getRequestHeaders().get("X-Mark")));
        seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + token.replace("Bearer 00D!MARK", "") + " " + body);
        int status = token.equals("Bearer " + accepted) ? 200 : 401;
        if (exchange.getRequestURI().getPath().equals("/elsewhere")) {
            exchange.getResponseHeaders().set("Location", "http://localhost:" + api.getAddress().getPort() + "/there");
            status = 302;
        }
        byte[] response = (status == 200 ? "good" : "INVALID_SESSION_ID, and some more").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, response.length);
        exchange.getResponseBody().write(response);
        exchange.close();
    }

    private String url(String path) {
        return "http://127.0.0.1:" + api.getAddress().getPort() + path;
    }

    private void assertSeen(String... requests) {
        assertEquals(List.of(requests), seen);
    }

    // ---- OkHttp

    private String okHttp(OkHttpClient http, Request.Builder request) throws IOException {
        try (Response response = http.newCall(request.build()).execute()) {
            return response.code() + " " + response.body().string();
        }
    }

    @Test
    void okhttp_sends_one_time_more() throws Exception {
        OkHttpClient http = new SessionAuth(session).addTo(new OkHttpClient.Builder()).build();
        assertEquals("200 good", okHttp(http, new Request.Builder().url(url("/a")).post(RequestBody.create("x".getBytes(StandardCharsets.UTF_8)))));
        assertEquals("200 good", okHttp(http, new Request.Builder().url(url("/b"))));
        assertSeen("POST /a access0 x", "POST /a access1 x", "GET /b access1 ");
        accepted = "none";
        assertEquals("401", okHttp(http, new Request.Builder().url(url("/c"))).substring(0, 3));
        assertEquals(5, seen.size());
        assertEquals(2, site.refreshes.get());
    }

    @Test
    void okhttp_does_not_send_a_body_twice_that_is_gone() throws Exception {
        OkHttpClient http = new SessionAuth(session).addTo(new OkHttpClient.Builder()).build();
        RequestBody once = new RequestBody() {
            @Override
            public okhttp3.MediaType contentType() {
                return null;
            }

            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.writeUtf8("once");
            }
        };
        assertEquals("401", okHttp(http, new Request.Builder().url(url("/a")).post(once)).substring(0, 3));
        assertEquals("200 good", okHttp(http, new Request.Builder().url(url("/b"))));
        assertSeen("POST /a access0 once", "GET /b access1 ");
    }

    @Test
    void okhttp_leaves_other_hosts_and_other_tokens_alone() throws Exception {
        OkHttpClient http = new SessionAuth(session).addTo(new OkHttpClient.Builder()).build();
        assertEquals("401", okHttp(http, new Request.Builder().url(url("/elsewhere"))).substring(0, 3));
        assertEquals("401", okHttp(http, new Request.Builder().url(url("/own")).header("Authorization", "Bearer mine")).substring(0, 3));
        assertSeen("GET /elsewhere access0 ", "GET /there null ", "GET /own Bearer mine ");
        assertEquals(0, site.refreshes.get());
        OkHttpClient untagged = new SessionAuth(null).addTo(new OkHttpClient.Builder()).build();
        okHttp(untagged, new Request.Builder().url(url("/without")));
        accepted = "00D!MARKaccess0";
        assertEquals("200 good", okHttp(untagged, new Request.Builder().url(url("/with")).tag(Session.class, session)));
        assertEquals("GET /without null ", seen.get(3));
    }

    @Test
    void okhttp_reports_a_session_that_is_over() {
        OkHttpClient http = new SessionAuth(sessions.get("nothing-there")).addTo(new OkHttpClient.Builder()).build();
        IOException error = assertThrows(IOException.class, () -> okHttp(http, new Request.Builder().url(url("/a"))));
        assertEquals("no_session", assertInstanceOf(HeadlessIdException.class, error.getCause()).getReason());
        assertSeen();
    }

    @Test
    void okhttp_reports_sessions_that_were_closed_before_and_after_the_request() {
        OkHttpClient http = new SessionAuth(session).addTo(new OkHttpClient.Builder()).build();
        whenAsked = client::close;
        for (String path : new String[] {"/after", "/before"}) {
            IOException error = assertThrows(IOException.class, () -> okHttp(http, new Request.Builder().url(url(path))));
            assertInstanceOf(IllegalStateException.class, error.getCause());
            assertEquals("no access token: java.lang.IllegalStateException", error.getMessage());
        }
        assertSeen("GET /after access0 ");
    }

    /** The calls that wait for the token hold what the app's dispatcher has; the refresh that they wait for goes by the same OkHttp. */
    @Test
    void okhttp_refreshes_while_calls_hold_every_slot_and_every_thread_of_the_app() throws Exception {
        List<String> authorizations = new CopyOnWriteArrayList<>();
        api.createContext("/services/oauth2/token", exchange -> {
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] response = "{\"access_token\":\"00D!MARKaccess1\",\"refresh_token\":\"5AepMARKrefresh1\",\"token_type\":\"Bearer\",\"expires_in\":3600}"
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, response.length);
            exchange.getResponseBody().write(response);
            exchange.close();
        });
        ExecutorService one = Executors.newSingleThreadExecutor();
        Dispatcher oneSlot = new Dispatcher();
        oneSlot.setMaxRequests(1);
        try {
            for (Dispatcher full : new Dispatcher[] {oneSlot, new Dispatcher(one)}) {
                // What an app must not do, and the transport leaves out: a session on the OkHttp of its own client.
                OkHttpClient app = new SessionAuth(session).addTo(new OkHttpClient.Builder()).dispatcher(full).build();
                try (Client own = Client.builder().site(url("")).clientId("3MVG9").redirectUri("https://app.example.com/callback").allowHttpLoopback(true)
                        .transport(new OkHttpTransport(app)).build()) {
                    long now = System.currentTimeMillis();
                    Session expired = own.sessions(new MemoryStore(), KEYS).begin("user-43", TokenSet.fromJson(FakeSite.tokens(now - 7_200_000, 3_600_000)));
                    CompletableFuture<Integer> status = new CompletableFuture<>();
                    app.newCall(new Request.Builder().url(url("/a")).tag(Session.class, expired).build()).enqueue(new Callback() {
                        @Override
                        public void onResponse(Call call, Response response) {
                            status.complete(response.code());
                            response.close();
                        }

                        @Override
                        public void onFailure(Call call, IOException e) {
                            status.completeExceptionally(e);
                        }
                    });
                    try {
                        assertEquals(200, status.get(5, TimeUnit.SECONDS));
                    } finally {
                        full.cancelAll();
                        full.setMaxRequests(64);
                    }
                }
            }
        } finally {
            one.shutdownNow();
        }
        assertEquals(List.of("null", "null"), authorizations);
        assertSeen("GET /a access1 ", "GET /a access1 ");
    }

    // ---- java.net.http

    /** A session whose token has expired, and a refresh that waits. */
    private Session expired() {
        site.gate = new CountDownLatch(1);
        return sessions.begin("user-44", TokenSet.fromJson(FakeSite.tokens(System.currentTimeMillis() - 7_200_000, 3_600_000)));
    }

    @Test
    void java_net_http_sends_nothing_after_a_cancellation_and_the_refresh_goes_on() throws Exception {
        Session expired = expired();
        HttpClient http = SessionHttpClient.of(HttpClient.newHttpClient(), expired);
        CompletableFuture<?> cancelled = http.sendAsync(HttpRequest.newBuilder(URI.create(url("/a"))).build(), HttpResponse.BodyHandlers.ofString());
        assertTrue(site.reached.await(5, TimeUnit.SECONDS));
        cancelled.cancel(true);
        CompletableFuture<String> other = expired.accessTokenAsync();
        site.gate.countDown();
        assertEquals("00D!MARKaccess1", other.get(5, TimeUnit.SECONDS));
        assertEquals("good", http.send(HttpRequest.newBuilder(URI.create(url("/b"))).build(), HttpResponse.BodyHandlers.ofString()).body());
        assertSeen("GET /b access1 ");
    }

    @Test
    void java_net_http_sends_no_second_time_after_a_cancellation() throws Exception {
        site.gate = new CountDownLatch(1);
        HttpClient http = SessionHttpClient.of(HttpClient.newHttpClient(), session);
        CompletableFuture<?> cancelled = http.sendAsync(HttpRequest.newBuilder(URI.create(url("/a"))).build(), HttpResponse.BodyHandlers.ofString());
        assertTrue(site.reached.await(5, TimeUnit.SECONDS));
        cancelled.cancel(true);
        CompletableFuture<String> other = session.accessTokenAsync();
        site.gate.countDown();
        assertEquals("00D!MARKaccess1", other.get(5, TimeUnit.SECONDS));
        assertEquals("good", http.send(HttpRequest.newBuilder(URI.create(url("/b"))).build(), HttpResponse.BodyHandlers.ofString()).body());
        // What must not come has had its time.
        Thread.sleep(300);
        assertSeen("GET /a access0 ", "GET /b access1 ");
    }

    @Test
    void java_net_http_breaks_off_the_exchange_of_a_cancelled_future() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch brokenOff = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        api.createContext("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            begun.countDown();
            try (OutputStream out = exchange.getResponseBody()) {
                while (!over.await(20, TimeUnit.MILLISECONDS)) {
                    out.write(new byte[1024]);
                    out.flush();
                }
            } catch (IOException e) {
                brokenOff.countDown();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        HttpClient http = SessionHttpClient.of(HttpClient.newHttpClient(), session);
        try {
            CompletableFuture<?> call = http.sendAsync(HttpRequest.newBuilder(URI.create(url("/endless"))).build(), HttpResponse.BodyHandlers.ofString());
            assertTrue(begun.await(5, TimeUnit.SECONDS));
            call.cancel(true);
            assertTrue(brokenOff.await(10, TimeUnit.SECONDS));
        } finally {
            over.countDown();
        }
        assertEquals(0, site.refreshes.get());
        client.close();
        CompletableFuture<?> late = http.sendAsync(HttpRequest.newBuilder(URI.create(url("/a"))).build(), HttpResponse.BodyHandlers.ofString());
        assertInstanceOf(IllegalStateException.class, assertThrows(ExecutionException.class, late::get).getCause());
    }

    @Test
    void java_net_http_sends_one_time_more() throws Exception {
        HttpClient http = SessionHttpClient.of(HttpClient.newHttpClient(), session);
        Path file = folder.resolve("body");
        HttpResponse<Path> response = http.send(HttpRequest.newBuilder(URI.create(url("/a"))).header("X-A", "1").PUT(HttpRequest.BodyPublishers.ofString("x")).build(),
                HttpResponse.BodyHandlers.ofFile(file));
        assertEquals(200, response.statusCode());
        // Nothing of the longer body of the 401.
        assertEquals("good", Files.readString(file));
        assertSeen("PUT /a access0 x", "PUT /a access1 x");
        accepted = "00D!MARKaccess2";
        assertEquals("good", http.sendAsync(HttpRequest.newBuilder(URI.create(url("/b"))).build(), HttpResponse.BodyHandlers.ofString()).get().body());
        accepted = "none";
        assertEquals(401, http.send(HttpRequest.newBuilder(URI.create(url("/c"))).build(), HttpResponse.BodyHandlers.ofString()).statusCode());
        assertEquals(6, seen.size());
    }

    @Test
    void java_net_http_does_not_send_a_body_twice_that_is_gone() throws Exception {
        HttpClient http = SessionHttpClient.of(HttpClient.newHttpClient(), session);
        for (boolean waits : new boolean[] {true, false}) {
            accepted = waits ? "00D!MARKaccess1" : "00D!MARKaccess2";
            HttpRequest once = HttpRequest.newBuilder(URI.create(url("/a")))
                    .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream("once".getBytes(StandardCharsets.UTF_8)))).build();
            HttpResponse<String> response = waits ? http.send(once, HttpResponse.BodyHandlers.ofString())
                    : http.sendAsync(once, HttpResponse.BodyHandlers.ofString()).get();
            assertEquals(401, response.statusCode());
            assertTrue(response.body().startsWith("INVALID_SESSION_ID"));
            assertEquals(200, http.send(HttpRequest.newBuilder(URI.create(url("/b"))).build(), HttpResponse.BodyHandlers.discarding()).statusCode());
        }
        assertSeen("POST /a access0 once", "GET /b access1 ", "POST /a access1 once", "GET /b access2 ");
    }

    @Test
    void java_net_http_is_not_wrapped_where_it_follows_redirects() throws Exception {
        assertThrows(IllegalArgumentException.class,
                () -> SessionHttpClient.of(HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build(), session));
        HttpClient http = SessionHttpClient.of(HttpClient.newHttpClient(), session);
        HttpRequest own = HttpRequest.newBuilder(URI.create(url("/own"))).header("Authorization", "Bearer mine").build();
        assertEquals(401, http.send(own, HttpResponse.BodyHandlers.discarding()).statusCode());
        assertEquals(401, http.sendAsync(own, HttpResponse.BodyHandlers.discarding()).get().statusCode());
        assertEquals(0, site.refreshes.get());
        HttpClient over = SessionHttpClient.of(HttpClient.newHttpClient(), sessions.get("nothing-there"));
        HttpRequest request = HttpRequest.newBuilder(URI.create(url("/a"))).build();
        assertThrows(HeadlessIdException.class, () -> over.send(request, HttpResponse.BodyHandlers.discarding()));
        assertInstanceOf(HeadlessIdException.class,
                assertThrows(ExecutionException.class, () -> over.sendAsync(request, HttpResponse.BodyHandlers.discarding()).get()).getCause());
    }

    // ---- Spring

    @Test
    void restclient_sends_one_time_more() {
        RestClient http = RestClient.builder().requestFactory(new JdkClientHttpRequestFactory(HttpClient.newHttpClient()))
                .requestInterceptor(new SessionRequestInterceptor(session)).build();
        assertEquals("good", http.post().uri(url("/a")).contentType(MediaType.TEXT_PLAIN).body("x").retrieve().body(String.class));
        assertSeen("POST /a access0 x", "POST /a access1 x");
        accepted = "none";
        assertThrows(HttpClientErrorException.Unauthorized.class, () -> http.get().uri(url("/b")).retrieve().body(String.class));
        assertThrows(HttpClientErrorException.Unauthorized.class,
                () -> http.get().uri(url("/own")).header("Authorization", "Bearer mine").retrieve().body(String.class));
        assertEquals("GET /own Bearer mine ", seen.get(4));
        assertEquals(5, seen.size());
    }

    /** Spring runs those that come after it once: a request that they put in its place is gone, what they set on the request itself is not. */
    @Test
    void restclients_other_interceptors_see_what_their_places_let_them() {
        List<String> ran = new CopyOnWriteArrayList<>();
        RestClient http = RestClient.builder().requestFactory(new JdkClientHttpRequestFactory(HttpClient.newHttpClient())).requestInterceptors(all -> {
            all.add(adding("before", ran));
            all.add(new SessionRequestInterceptor(session));
            all.add(adding("after", ran));
        }).build();
        assertEquals("good", http.post().uri(url("/a")).contentType(MediaType.TEXT_PLAIN).body("x").retrieve().body(String.class));
        assertSeen("POST /a access0 x", "POST /a access1 x");
        assertEquals(List.of("[before, before's own, after, after's own]", "[before, before's own, after]"), marks);
        assertEquals(List.of("before", "after", "401 after", "200 before"), ran);
    }

    private static ClientHttpRequestInterceptor adding(String name, List<String> ran) {
        return (request, body, execution) -> {
            ran.add(name);
            request.getHeaders().add("X-Mark", name);
            HttpHeaders own = new HttpHeaders();
            own.addAll(request.getHeaders());
            own.add("X-Mark", name + "'s own");
            ClientHttpResponse response = execution.execute(new HttpRequestWrapper(request) {
                @Override
                public HttpHeaders getHeaders() {
                    return own;
                }
            }, body);
            ran.add(response.getStatusCode().value() + " " + name);
            return response;
        };
    }

    @Test
    void webclient_sends_one_time_more_what_can_be_sent_again() {
        WebClient http = WebClient.builder().clientConnector(new JdkClientHttpConnector(HttpClient.newHttpClient())).filter(new SessionExchangeFilter(session)).build();
        assertEquals("good", http.post().uri(url("/a")).bodyValue("x").retrieve().bodyToMono(String.class).block());
        assertSeen("POST /a access0 x", "POST /a access1 x");
        accepted = "00D!MARKaccess2";
        assertEquals("good", http.get().uri(url("/b")).retrieve().bodyToMono(String.class).block());
        accepted = "00D!MARKaccess3";
        assertEquals(401, http.post().uri(url("/c")).body(Flux.just("once"), String.class).exchangeToMono(response -> response.toBodilessEntity()).block()
                .getStatusCode().value());
        assertEquals("good", http.get().uri(url("/d")).retrieve().bodyToMono(String.class).block());
        assertEquals(6, seen.size());
        accepted = "none";
        assertEquals(401, http.get().uri(url("/e")).attribute(SessionExchangeFilter.SESSION, session).exchangeToMono(response -> response.toBodilessEntity())
                .block().getStatusCode().value());
        assertEquals(8, seen.size());
    }

    @Test
    void spring_security_has_the_sessions_token() {
        ClientRegistration registration = ClientRegistration.withRegistrationId("salesforce").clientId("3MVG9")
                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE).redirectUri("{baseUrl}/callback")
                .authorizationUri("https://acme.my.site.com/services/oauth2/authorize").tokenUri("https://acme.my.site.com/services/oauth2/token").build();
        SessionAuthorizedClientManager manager = new SessionAuthorizedClientManager(id -> id.equals("salesforce") ? registration : null, sessions);
        OAuth2AuthorizedClient authorized = manager.authorize(request("salesforce", "user-42"));
        assertEquals("00D!MARKaccess0", authorized.getAccessToken().getTokenValue());
        assertEquals("user-42", authorized.getPrincipalName());
        assertNull(authorized.getRefreshToken());
        assertEquals(7_200_000, authorized.getAccessToken().getExpiresAt().toEpochMilli() - System.currentTimeMillis(), 60_000);
        assertThrows(ClientAuthorizationRequiredException.class, () -> manager.authorize(request("salesforce", "user-43")));
        assertThrows(IllegalArgumentException.class, () -> manager.authorize(request("other", "user-42")));
        Sessions away = client.sessions(new Away(), KEYS);
        ClientAuthorizationException error = assertThrows(ClientAuthorizationException.class,
                () -> new SessionAuthorizedClientManager(id -> registration, away).authorize(request("salesforce", "user-42")));
        assertEquals("store_fault", error.getError().getErrorCode());
        assertFalse(error instanceof ClientAuthorizationRequiredException);
    }

    private static OAuth2AuthorizeRequest request(String registration, String name) {
        Principal user = () -> name;
        return OAuth2AuthorizeRequest.withClientRegistrationId(registration).principal(new TestingAuthenticationToken(user, "")).build();
    }

    /** A store that is away. */
    private static final class Away implements io.headlessid.SessionStore {
        @Override
        public io.headlessid.StoredSession load(byte[] key) throws IOException {
            throw new IOException();
        }

        @Override
        public boolean save(byte[] key, String expected, String version, byte[] value, java.time.Duration ttl) throws IOException {
            throw new IOException();
        }

        @Override
        public boolean delete(byte[] key, String version) throws IOException {
            throw new IOException();
        }

        @Override
        public boolean lock(byte[] key, String owner, java.time.Duration ttl) throws IOException {
            throw new IOException();
        }

        @Override
        public boolean unlock(byte[] key, String owner) throws IOException {
            throw new IOException();
        }
    }
}
