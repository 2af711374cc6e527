package io.headlessid;

import static io.headlessid.Fixtures.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headlessid.okhttp.OkHttpTransport;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The app's own HTTP stack: what it may throw, what it must not do, and what it receives. */
class TransportTest {
    private static LoginRequest login() {
        return LoginRequest.builder().username(Fixtures.USERNAME).password(Fixtures.PASSWORD).build();
    }

    @Test
    void l11_what_a_transport_throws_is_a_request_that_may_have_been_sent() {
        try (App app = Fixtures.app()) {
            for (Exception thrown : new Exception[] {new IOException("secretMARK"), new IllegalStateException("secretMARK"), new NullPointerException()}) {
                HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), request -> {
                    if (thrown instanceof IOException) {
                        throw (IOException) thrown;
                    }
                    throw (RuntimeException) thrown;
                }));
                assertEquals(ErrorKind.TRANSPORT, error.getKind(), error::toString);
                assertTrue(error.isOutcomeUnknown(), error::toString);
                assertSame(thrown, error.getCause());
                assertFalse(error.toString().contains("MARK"));
            }
            HeadlessIdException nothing = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), request -> null));
            assertEquals(ErrorKind.TRANSPORT, nothing.getKind());
        }
    }

    @Test
    void l11_an_error_of_the_vm_is_not_hidden() {
        try (App app = Fixtures.app(); Flow flow = app.newFlow(login())) {
            assertThrows(StackOverflowError.class, () -> FlowRunner.run(flow, request -> {
                throw new StackOverflowError();
            }));
            assertInstanceOf(Step.Failed.class, flow.next());
        }
    }

    @Test
    void l11_a_request_not_sent_is_tried_again_and_then_reported() {
        AtomicInteger sent = new AtomicInteger();
        try (App app = Fixtures.app()) {
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), request -> {
                sent.incrementAndGet();
                throw new NoResponseException(NoResponseException.Sent.NO, "no connection", null);
            }));
            assertEquals(ErrorKind.TRANSPORT, error.getKind());
            assertFalse(error.isOutcomeUnknown());
            assertTrue(error.isRetryable(), error::toString);
            assertEquals(3, sent.get());
            sent.set(0);
            assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), request -> {
                sent.incrementAndGet();
                throw new NoResponseException(NoResponseException.Sent.MAYBE, "no response", null);
            }));
            assertEquals(1, sent.get());
        }
    }

    @Test
    void l11_an_asynchronous_transport_fails_in_the_same_words() throws Exception {
        try (App app = Fixtures.app(); Flow thrown = app.newFlow(login()); Flow failed = app.newFlow(login()); Flow again = app.newFlow(login())) {
            IOException cause = new IOException("secretMARK");
            for (Flow flow : new Flow[] {thrown, failed}) {
                Step step = FlowRunner.runAsync(flow, request -> {
                    if (flow == thrown) {
                        throw new IllegalStateException(cause);
                    }
                    CompletableFuture<HttpResponse> future = new CompletableFuture<>();
                    future.completeExceptionally(cause);
                    return future;
                }).get(5, TimeUnit.SECONDS);
                HeadlessIdException error = assertInstanceOf(Step.Failed.class, step).getError();
                assertEquals(ErrorKind.TRANSPORT, error.getKind());
                assertTrue(error.isOutcomeUnknown());
            }
            AtomicInteger sent = new AtomicInteger();
            Step done = FlowRunner.runAsync(again, request -> {
                CompletableFuture<HttpResponse> future = new CompletableFuture<>();
                if (sent.incrementAndGet() == 1) {
                    future.completeExceptionally(new NoResponseException(NoResponseException.Sent.NO, null, null));
                } else {
                    future.complete(Fixtures.yes(request));
                }
                return future;
            }).get(5, TimeUnit.SECONDS);
            assertInstanceOf(Step.Done.class, done);
            assertEquals(3, sent.get());
        }
    }

    @Test
    void n08_cancelling_an_asynchronous_run_cancels_flow_and_exchange() {
        CompletableFuture<HttpResponse> exchange = new CompletableFuture<>();
        try (App app = Fixtures.app(); Flow flow = app.newFlow(login())) {
            CompletableFuture<Step> run = FlowRunner.runAsync(flow, request -> exchange);
            run.cancel(true);
            assertTrue(exchange.isCancelled());
            assertTrue(assertInstanceOf(Step.Failed.class, flow.next(NOW)).getError().isCancelled());
            assertThrows(CancellationException.class, run::join);
        }
    }

    @Test
    void n08_an_interrupt_in_a_wait_cancels_the_flow() {
        try (App app = Fixtures.app(); Flow flow = app.newFlow(login())) {
            Step step = FlowRunner.run(flow, request -> {
                // It interrupts the wait before the repetition.
                Thread.currentThread().interrupt();
                throw new NoResponseException(NoResponseException.Sent.NO, null, null);
            });
            assertTrue(Thread.interrupted());
            assertTrue(assertInstanceOf(Step.Failed.class, step).getError().isCancelled());
        }
    }

    @Test
    void l12_a_transport_that_followed_the_redirect_is_understood_or_refused() {
        try (App app = Fixtures.app()) {
            // The echo endpoint's JSON, where the redirect led.
            TokenSet tokens = FlowRunner.run(app, login(), request -> request.getName().equals("authorize")
                    ? HttpResponse.builder(200).header("Content-Type", "application/json").body(("{\"code\":\"aPrx\",\"state\":\""
                            + Fixtures.field(request, "state") + "\"}").getBytes(StandardCharsets.UTF_8)).build()
                    : Fixtures.yes(request));
            assertEquals("00DMARKtoken!x", tokens.getAccessToken());
            // The app's own page, which loses the code.
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(),
                    request -> HttpResponse.builder(200).header("Content-Type", "text/html").body("<html>Welcome".getBytes(StandardCharsets.UTF_8)).build()));
            assertEquals(ErrorKind.PROTOCOL, error.getKind());
            assertTrue(error.isOrgFault(), error::toString);
        }
    }

    @Test
    void the_body_is_zeroed_once_it_was_sent() {
        try (App app = Fixtures.app()) {
            HttpRequest[] kept = new HttpRequest[1];
            FlowRunner.run(app, login(), request -> {
                kept[0] = kept[0] == null ? request : kept[0];
                return Fixtures.yes(request);
            });
            for (byte b : kept[0].getBody()) {
                assertEquals(0, b);
            }
        }
    }

    @Test
    void a_host_transport_serves_the_typed_client() throws Exception {
        try (Client client = Client.builder().site(Fixtures.SITE).clientId("c").redirectUri(Fixtures.REDIRECT_URI).transport(Fixtures::yes).build()) {
            assertEquals("00DMARKtoken!x", client.login(login()).getAccessToken());
            assertEquals("00DMARKtoken!x", client.loginAsync(login()).get(5, TimeUnit.SECONDS).getAccessToken());
            assertEquals(0, client.getInFlight());
            client.close();
            assertThrows(IllegalStateException.class, () -> client.login(login()));
        }
    }

    private static Client on(Transport transport) {
        return Client.builder().site(Fixtures.SITE).clientId("c").redirectUri(Fixtures.REDIRECT_URI).transport(transport).build();
    }

    private static void assertClosed(CompletableFuture<TokenSet> future) {
        HeadlessIdException error = assertInstanceOf(HeadlessIdException.class,
                assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS)).getCause());
        assertEquals("closed", error.getReason(), error::toString);
        assertEquals(ErrorKind.STATE, error.getKind());
        assertTrue(error.isOutcomeUnknown(), error::toString);
    }

    @Test
    void closing_a_client_on_a_host_transport_ends_its_flows_as_closed() throws Exception {
        CountDownLatch sending = new CountDownLatch(2);
        CountDownLatch go = new CountDownLatch(1);
        Client client = on(request -> {
            sending.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return Fixtures.yes(request);
        });
        CompletableFuture<TokenSet> future = client.loginAsync(login());
        CompletableFuture<TokenSet> waiting = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                waiting.complete(client.login(login()));
            } catch (HeadlessIdException e) {
                waiting.completeExceptionally(e);
            }
        });
        thread.start();
        sending.await();
        client.close();
        go.countDown();
        assertClosed(future);
        assertClosed(waiting);
        thread.join();
        assertEquals(0, client.getInFlight());
    }

    /** Sends nothing by itself: the test completes the futures. */
    private static final class Held implements Transport, AsyncTransport {
        final BlockingQueue<CompletableFuture<HttpResponse>> exchanges = new LinkedBlockingQueue<>();

        @Override
        public HttpResponse send(HttpRequest request) {
            throw new AssertionError("the asynchronous form is there");
        }

        @Override
        public CompletableFuture<HttpResponse> sendAsync(HttpRequest request) {
            CompletableFuture<HttpResponse> exchange = new CompletableFuture<>();
            exchanges.add(exchange);
            return exchange;
        }
    }

    @Test
    void closing_a_client_cancels_asynchronous_exchanges() throws Exception {
        Held held = new Held();
        Client client = on(held);
        CompletableFuture<TokenSet> future = client.loginAsync(login());
        CompletableFuture<HttpResponse> exchange = held.exchanges.poll(5, TimeUnit.SECONDS);
        client.close();
        assertTrue(exchange.isCancelled());
        assertClosed(future);
        assertEquals(0, client.getInFlight());
        assertTrue(held.exchanges.isEmpty());
        assertThrows(IllegalStateException.class, () -> client.loginAsync(login()));
    }

    @Test
    void closing_a_client_ends_the_wait_before_a_repetition() throws Exception {
        Held held = new Held();
        // The executor: the flow waits once the exchange has ended.
        Client client = Client.builder().site(Fixtures.SITE).clientId("c").redirectUri(Fixtures.REDIRECT_URI).transport(held).executor(Runnable::run).build();
        CompletableFuture<TokenSet> future = client.loginAsync(login());
        held.exchanges.poll(5, TimeUnit.SECONDS).completeExceptionally(new NoResponseException(NoResponseException.Sent.NO, null, null));
        client.close();
        HeadlessIdException error = assertInstanceOf(HeadlessIdException.class,
                assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS)).getCause());
        assertEquals("closed", error.getReason(), error::toString);
        assertEquals(0, client.getInFlight());
    }

    @Test
    void a_flow_that_was_cancelled_before_its_client_was_closed_stays_cancelled() throws Exception {
        Held held = new Held();
        try (Client client = on(held)) {
            CompletableFuture<TokenSet> future = client.loginAsync(login());
            CompletableFuture<HttpResponse> exchange = held.exchanges.poll(5, TimeUnit.SECONDS);
            future.cancel(true);
            assertTrue(exchange.isCancelled());
            assertThrows(CancellationException.class, future::join);
            assertEquals(0, client.getInFlight());
        }
    }

    // ---- the adapters against a misbehaving server

    static Stream<Transport> adapters() {
        OkHttpClient careless = new OkHttpClient.Builder().followRedirects(true).retryOnConnectionFailure(true).build();
        return Stream.of(new HttpUrlConnectionTransport(), new OkHttpTransport(careless));
    }

    private interface Response {
        void to(HttpExchange exchange, String body) throws IOException;
    }

    private static HeadlessIdException loginAt(Transport transport, AtomicInteger seen, Response response) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            seen.incrementAndGet();
            response.to(exchange, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.close();
        });
        server.start();
        try (App app = App.builder().site("http://127.0.0.1:" + server.getAddress().getPort()).clientId("c")
                .redirectUri(Fixtures.REDIRECT_URI).allowHttpLoopback(true).timeoutMs(5000).build()) {
            return assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), transport));
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void l12_an_adapter_follows_no_redirect_and_keeps_no_cookie(Transport transport) throws IOException {
        AtomicInteger seen = new AtomicInteger();
        AtomicInteger cookies = new AtomicInteger();
        HeadlessIdException error = loginAt(transport, seen, (exchange, body) -> {
            cookies.addAndGet(exchange.getRequestHeaders().containsKey("Cookie") ? 1 : 0);
            exchange.getResponseHeaders().add("Set-Cookie", "sid=x");
            exchange.getResponseHeaders().add("Location", "/login");
            exchange.sendResponseHeaders(302, -1);
        });
        assertEquals(1, seen.get());
        assertEquals(0, cookies.get());
        assertTrue(error.isOrgFault(), error::toString);
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void an_adapter_gives_back_an_errors_status_and_body(Transport transport) throws IOException {
        AtomicInteger seen = new AtomicInteger();
        HeadlessIdException error = loginAt(transport, seen, (exchange, body) -> {
            assertTrue(body.contains("password=P4ss%2Bw%26rd%3D1%3Ax"), body);
            byte[] json = "{\"error\":\"invalid_grant\",\"error_description\":\"authentication failure\"}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(400, json.length);
            exchange.getResponseBody().write(json);
        });
        assertTrue(error.isInvalidCredentials(), error::toString);
        assertEquals("authentication failure", error.getServerText());
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void an_adapter_ignores_an_http_challenge_and_repeats_nothing(Transport transport) throws IOException {
        for (int status : new int[] {401, 407, 408, 421, 503}) {
            AtomicInteger seen = new AtomicInteger();
            HeadlessIdException error = loginAt(transport, seen, (exchange, body) -> {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
                exchange.getResponseHeaders().add("Retry-After", "0");
                exchange.sendResponseHeaders(status, -1);
            });
            assertEquals(1, seen.get(), "HTTP " + status);
            if (status != 407) {
                assertEquals(status, error.getHttpStatus(), error::toString);
            }
        }
    }

    /** H29, K12 from the host's side: a connection that dies before the response must not make a second login. */
    @ParameterizedTest
    @MethodSource("adapters")
    void an_adapter_sends_once_when_the_connection_dies(Transport transport) throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            Thread accepting = new Thread(() -> {
                while (true) {
                    try (Socket socket = server.accept()) {
                        byte[] head = new byte[64 * 1024];
                        int n = socket.getInputStream().read(head);
                        if (n > 0) {
                            requests.incrementAndGet();
                        }
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            accepting.start();
            try (App app = App.builder().site("http://127.0.0.1:" + server.getLocalPort()).clientId("c")
                    .redirectUri(Fixtures.REDIRECT_URI).allowHttpLoopback(true).timeoutMs(3000).build()) {
                HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), transport));
                assertEquals(ErrorKind.TRANSPORT, error.getKind(), error::toString);
                assertTrue(error.isOutcomeUnknown(), error::toString);
            }
            server.close();
            accepting.join();
        }
        assertEquals(1, requests.get());
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void an_adapter_says_not_sent_when_no_server_listens(Transport transport) throws IOException {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }
        try (App app = App.builder().site("http://127.0.0.1:" + port).clientId("c").redirectUri(Fixtures.REDIRECT_URI)
                .allowHttpLoopback(true).timeoutMs(3000).build()) {
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), transport));
            assertEquals(ErrorKind.TRANSPORT, error.getKind());
            assertFalse(error.isOutcomeUnknown(), error::toString);
            assertInstanceOf(NoResponseException.class, error.getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void an_adapter_keeps_the_flows_deadline(Transport transport) throws Exception {
        AtomicInteger seen = new AtomicInteger();
        CountDownLatch over = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        Thread[] handler = new Thread[1];
        server.createContext("/", exchange -> {
            seen.incrementAndGet();
            handler[0] = Thread.currentThread();
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                // A byte now and then, forever: each read returns in time, but the body never ends.
                while (!over.await(50, TimeUnit.MILLISECONDS)) {
                    out.write(' ');
                    out.flush();
                }
            } catch (InterruptedException | IOException e) {
                // The client has gone.
            }
        });
        server.start();
        try (App app = App.builder().site("http://127.0.0.1:" + server.getAddress().getPort()).clientId("c")
                .redirectUri(Fixtures.REDIRECT_URI).allowHttpLoopback(true).timeoutMs(600).build()) {
            long start = System.nanoTime();
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app, login(), transport));
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertEquals(ErrorKind.TRANSPORT, error.getKind(), error::toString);
            assertTrue(millis < 10_000, "took " + millis + " ms");
        } finally {
            over.countDown();
            server.stop(0);
        }
        assertEquals(1, seen.get());
    }
}
