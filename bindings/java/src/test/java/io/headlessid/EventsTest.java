package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.opentelemetry.OpenTelemetryListener;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What listeners, logs and OpenTelemetry learn of flows, and what they never learn. */
class EventsTest {
    private static final Map<String, byte[]> KEYS = Collections.singletonMap("k1", new byte[32]);
    private final List<FlowEvent> events = new CopyOnWriteArrayList<>();

    /** Tells its events in the thread that ends a flow, so that a test need not wait. */
    private Client.Builder builder(Transport transport) {
        return Client.builder().site(Fixtures.SITE).clientId("3MVG9").redirectUri(Fixtures.REDIRECT_URI).transport(transport).executor(Runnable::run);
    }

    private static LoginRequest login() {
        return LoginRequest.builder().username(Fixtures.USERNAME).password(Fixtures.PASSWORD).build();
    }

    private static HttpResponse json(int status, String json) {
        return HttpResponse.builder(status).header("Content-Type", "application/json").body(json.getBytes(StandardCharsets.UTF_8)).build();
    }

    private static HttpResponse wrongPassword(HttpRequest request) {
        return json(400, "{\"error\":\"invalid_grant\",\"error_description\":\"authentication failure\"}");
    }

    private String seen() {
        return events.stream().map(event -> event.toString().replaceAll(", [0-9]+ ms$", "")).collect(Collectors.joining("\n"));
    }

    private static TokenSet ended() {
        return TokenSet.fromJson(FakeSite.tokens(System.currentTimeMillis() - 7_200_000, 7_199_000));
    }

    // ---- listeners

    @Test
    void a_listener_hears_of_every_way_to_run_a_flow() {
        try (Client client = builder(Fixtures::yes).onEvent(events::add).build()) {
            client.login(login());
            String told = "login: POST acme.my.site.com authorize: HTTP 302\nlogin: POST acme.my.site.com token: HTTP 200\nlogin: done";
            assertEquals(told, seen());
            for (FlowEvent event : events) {
                assertEquals(0, System.currentTimeMillis() - event.getStartedAtMs(), 20_000);
                assertTrue(event.toJson().startsWith("{\"event\":"), event.toJson());
            }
            events.clear();
            client.loginAsync(login()).join();
            assertEquals(told, seen());
            events.clear();
            try (Flow flow = client.getApp().newFlow(login())) {
                client.run(flow);
            }
            assertEquals(told, seen());
            events.clear();
            try (Challenge<TokenSet> challenge = client.startLogin(LoginRequest.builder().username(Fixtures.USERNAME).build())) {
                assertEquals("", seen());
                challenge.verify(Fixtures.PASSWORD);
            }
            assertEquals(told, seen());
        }
    }

    @Test
    void a_listener_hears_of_sessions_and_never_of_keys_and_tokens() {
        MemoryStore store = new MemoryStore();
        try (Client client = builder(new FakeSite()).onEvent(events::add).build(); Sessions sessions = client.sessions(store, KEYS)) {
            Session session = sessions.begin("keyMARK", ended());
            assertTrue(session.token().getRefreshed());
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> sessions.get("otherMARK").accessToken());
            assertEquals("no_session", error.getReason());
        }
        String told = seen();
        assertTrue(told.contains("session_begin: store save: done"), told);
        assertTrue(told.contains("session_token: store lock: done"), told);
        assertTrue(told.contains("session_token: POST acme.my.site.com"), told);
        assertTrue(told.contains("session_token: done, refreshed by this flow"), told);
        assertTrue(told.contains("session_token: store load: not_found"), told);
        assertTrue(told.contains("session_token: failed, no_session"), told);
        for (FlowEvent event : events) {
            assertFalse((event + event.toJson()).contains("MARK"), event::toJson);
        }
        FlowEvent last = events.get(events.size() - 1);
        assertEquals(ErrorKind.REFUSED, last.getKind());
        assertNotNull(last.getAdvice());
    }

    @Test
    void a_listener_that_throws_does_nothing_to_the_flow() {
        Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
        List<Throwable> thrown = new CopyOnWriteArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> thrown.add(error));
        try (Client client = builder(Fixtures::yes).onEvent(event -> {
            throw new IllegalStateException("mine");
        }).onEvent(events::add).build()) {
            client.login(login());
            assertEquals(3, events.size());
            assertEquals(3, thrown.size());
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(before);
        }
    }

    // ---- logs

    private List<String> logged(Level level, Runnable work) {
        List<String> lines = new CopyOnWriteArrayList<>();
        Logger logger = Logger.getLogger("headlessid");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                lines.add(record.getLevel() + " " + record.getMessage().replaceAll(", [0-9]+ ms$", ""));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        handler.setLevel(Level.ALL);
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        logger.setLevel(level);
        try {
            work.run();
        } finally {
            logger.removeHandler(handler);
            logger.setLevel(null);
            logger.setUseParentHandlers(true);
        }
        return lines;
    }

    @Test
    void the_log_at_debug_has_each_event() {
        try (Client client = builder(Fixtures::yes).build(); Client refused = builder(EventsTest::wrongPassword).build()) {
            assertEquals(List.of("FINE login: POST acme.my.site.com authorize: HTTP 302", "FINE login: POST acme.my.site.com token: HTTP 200", "FINE login: done"),
                    logged(Level.FINE, () -> client.login(login())));
            List<String> lines = logged(Level.FINE, () -> assertThrows(HeadlessIdException.class, () -> refused.login(login())));
            assertEquals("INFO login: failed, invalid_credentials, ASK_AGAIN", lines.get(lines.size() - 1));
        }
    }

    @Test
    void the_log_at_info_has_what_an_admin_must_do_and_nothing_else() {
        try (Client client = builder(EventsTest::wrongPassword).build();
                Client blocked = builder(request -> json(400, "{\"error\":\"invalid_client_id\",\"error_description\":\"client identifier invalid\"}")).build()) {
            assertEquals(List.of(), logged(Level.INFO, () -> assertThrows(HeadlessIdException.class, () -> client.login(login()))));
            List<String> lines = logged(Level.INFO, () -> assertThrows(HeadlessIdException.class, () -> blocked.login(login())));
            assertEquals(1, lines.size());
            assertTrue(lines.get(0).startsWith("WARNING login: failed, "), lines.get(0));
        }
    }

    @Test
    void another_session_key_is_a_warning_at_every_level() {
        MemoryStore store = new MemoryStore();
        try (Client client = builder(Fixtures::yes).build(); Sessions sessions = client.sessions(store, KEYS);
                Sessions others = client.sessions(store, options -> options.keys(Collections.singletonMap("k1", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                        13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32})))) {
            sessions.begin("a", ended());
            for (Level level : List.of(Level.INFO, Level.FINE)) {
                List<String> lines = logged(level, () -> assertThrows(HeadlessIdException.class, () -> others.get("a").accessToken()));
                assertTrue(lines.get(lines.size() - 1).startsWith("WARNING session_token: failed, record_refused"), lines::toString);
            }
        }
    }

    @Test
    void the_log_is_the_systems_or_that_of_java_util() {
        assertEquals("SystemLog", FlowLog.get().getClass().getSimpleName());
        FlowLog util = new FlowLog.UtilLog();
        assertEquals(List.of("WARNING w", "INFO i"), logged(Level.INFO, () -> {
            assertFalse(util.isOn(FlowLog.Severity.DEBUG));
            assertTrue(util.isOn(FlowLog.Severity.INFO));
            util.log(FlowLog.Severity.WARNING, "w");
            util.log(FlowLog.Severity.INFO, "i");
            util.log(FlowLog.Severity.DEBUG, "d");
        }));
    }

    // ---- OpenTelemetry

    @Test
    void spans_and_metrics_have_the_standards_names() {
        InMemorySpanExporter spans = InMemorySpanExporter.create();
        InMemoryMetricReader metrics = InMemoryMetricReader.create();
        try (OpenTelemetrySdk telemetry = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build())
                .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build()).build();
                Client client = builder(new FakeSite()).onEvent(new OpenTelemetryListener(telemetry)).build();
                Client refused = builder(EventsTest::wrongPassword).onEvent(new OpenTelemetryListener(telemetry)).build();
                Sessions sessions = client.sessions(new MemoryStore(), options -> options.keys(KEYS).storeExecutor(Runnable::run))) {
            Session session = sessions.begin("keyMARK", ended());
            spans.reset();
            Span outer = telemetry.getTracer("test").spanBuilder("outer").startSpan();
            try (Scope scope = outer.makeCurrent()) {
                session.accessToken();
            }
            outer.end();
            List<SpanData> told = new ArrayList<>(spans.getFinishedSpanItems());
            SpanData flow = named(told, "io.headlessid session_token");
            assertEquals(outer.getSpanContext().getSpanId(), flow.getParentSpanId());
            assertEquals("this", flow.getAttributes().get(AttributeKey.stringKey("headlessid.refreshed_by")));
            SpanData post = named(told, "POST");
            assertEquals(flow.getSpanId(), post.getParentSpanId());
            assertEquals(SpanKind.CLIENT, post.getKind());
            assertEquals("POST", post.getAttributes().get(AttributeKey.stringKey("http.request.method")));
            assertEquals("acme.my.site.com", post.getAttributes().get(AttributeKey.stringKey("server.address")));
            assertEquals(443L, post.getAttributes().get(AttributeKey.longKey("server.port")));
            assertEquals(200L, post.getAttributes().get(AttributeKey.longKey("http.response.status_code")));
            assertEquals(flow.getSpanId(), named(told, "io.headlessid store lock").getParentSpanId());
            assertThrows(HeadlessIdException.class, () -> refused.login(login()));
            SpanData failed = named(spans.getFinishedSpanItems(), "io.headlessid login");
            assertEquals(StatusCode.ERROR, failed.getStatus().getStatusCode());
            assertEquals("invalid_credentials", failed.getAttributes().get(AttributeKey.stringKey("error.type")));
            for (SpanData span : spans.getFinishedSpanItems()) {
                assertFalse(span.toString().contains("MARK"), span::toString);
            }
            MetricData duration = metrics.collectAllMetrics().stream().filter(metric -> metric.getName().equals("http.client.request.duration")).findAny().get();
            assertEquals("s", duration.getUnit());
            List<String> errors = duration.getHistogramData().getPoints().stream().map(HistogramPointData::getAttributes)
                    .map(attributes -> String.valueOf(attributes.get(AttributeKey.stringKey("error.type")))).sorted().collect(Collectors.toList());
            assertEquals(List.of("400", "null"), errors);
            assertInstanceOf(Long.class, duration.getHistogramData().getPoints().iterator().next().getAttributes().get(AttributeKey.longKey("server.port")));
        }
    }

    private static SpanData named(List<SpanData> spans, String name) {
        return spans.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow(() -> new AssertionError(name + " is not in " + spans));
    }
}
