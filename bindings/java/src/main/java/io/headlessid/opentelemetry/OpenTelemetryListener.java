package io.headlessid.opentelemetry;

import io.headlessid.FlowEvent;
import io.headlessid.FlowListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jetbrains.annotations.NotNull;

/**
 * Spans and metrics of the flows for OpenTelemetry, by the names of its semantic conventions:
 * {@code Client.builder().onEvent(new OpenTelemetryListener(openTelemetry))}. Each flow is a span below the one that is current
 * where it starts, with a span for each request and each operation of a store; {@code http.client.request.duration} counts the
 * requests. Needs {@code io.opentelemetry:opentelemetry-api}, which this library does not bring.
 */
public final class OpenTelemetryListener implements FlowListener {
    private static final String NAME = "io.headlessid";
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<Long> RESENDS = AttributeKey.longKey("http.request.resend_count");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> FLOW = AttributeKey.stringKey("headlessid.flow");
    private static final AttributeKey<String> REQUEST = AttributeKey.stringKey("headlessid.request");
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("headlessid.store.operation");
    private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("headlessid.store.outcome");
    private static final AttributeKey<String> REFRESHED_BY = AttributeKey.stringKey("headlessid.refreshed_by");

    private final Tracer tracer;
    private final DoubleHistogram durations;

    public OpenTelemetryListener(@NotNull OpenTelemetry telemetry) {
        tracer = Objects.requireNonNull(telemetry, "telemetry").getTracer(NAME);
        durations = telemetry.getMeter(NAME).histogramBuilder("http.client.request.duration").setUnit("s")
                .setDescription("Duration of HTTP client requests.").build();
    }

    @Override
    public void onEvent(@NotNull FlowEvent event) {
        // Each flow has a listener of its own.
        atStart(event.getFlow()).onEvent(event);
    }

    @Override
    public @NotNull FlowListener atStart(@NotNull String flow) {
        Context parent = Context.current();
        List<FlowEvent> inside = new ArrayList<>();
        // One thread at a time; the flow's own event comes last.
        return event -> {
            if (event.getType() == FlowEvent.Type.FLOW) {
                tell(parent, event, inside);
            } else {
                inside.add(event);
            }
        };
    }

    private void tell(Context parent, FlowEvent flow, List<FlowEvent> inside) {
        boolean failed = "failed".equals(flow.getOutcome());
        AttributesBuilder attributes = Attributes.builder().put(FLOW, flow.getFlow());
        if (flow.getRefreshedBy() != null) {
            attributes.put(REFRESHED_BY, flow.getRefreshedBy());
        }
        if (failed) {
            attributes.put(ERROR, flow.getReason());
        }
        Span span = span(NAME + " " + flow.getFlow(), SpanKind.INTERNAL, parent, flow, attributes.build());
        Context here = parent.with(span);
        for (FlowEvent event : inside) {
            if (event.getType() == FlowEvent.Type.REQUEST) {
                tellRequest(here, event);
            } else if (event.getType() == FlowEvent.Type.STORE) {
                tellStore(here, event);
            }
        }
        end(span, flow, failed);
    }

    private void tellRequest(Context parent, FlowEvent event) {
        String host = event.getHost();
        int colon = host.lastIndexOf(':');
        boolean hasPort = colon > 0 && host.indexOf(':') == colon || host.startsWith("[") && colon > host.indexOf(']');
        AttributesBuilder common = Attributes.builder().put(METHOD, event.getMethod()).put(ADDRESS, hasPort ? host.substring(0, colon) : host)
                .put(PORT, hasPort ? Long.parseLong(host.substring(colon + 1)) : 443L);
        boolean failed = event.getStatus() == 0 || event.getStatus() >= 400;
        if (event.getStatus() != 0) {
            common.put(STATUS, (long) event.getStatus());
        }
        if (failed) {
            common.put(ERROR, event.getStatus() != 0 ? Integer.toString(event.getStatus()) : event.getReason());
        }
        Attributes counted = common.build();
        durations.record(event.getMs() / 1000.0, counted, parent);
        AttributesBuilder attributes = counted.toBuilder().put(REQUEST, event.getRequest());
        if (event.getAttempt() > 1) {
            attributes.put(RESENDS, (long) event.getAttempt() - 1);
        }
        end(span(event.getMethod(), SpanKind.CLIENT, parent, event, attributes.build()), event, failed);
    }

    private void tellStore(Context parent, FlowEvent event) {
        boolean failed = "fault".equals(event.getOutcome());
        AttributesBuilder attributes = Attributes.builder().put(OPERATION, event.getOperation()).put(OUTCOME, event.getOutcome());
        if (failed) {
            attributes.put(ERROR, "store_fault");
        }
        end(span(NAME + " store " + event.getOperation(), SpanKind.CLIENT, parent, event, attributes.build()), event, failed);
    }

    private Span span(String name, SpanKind kind, Context parent, FlowEvent event, Attributes attributes) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(parent).setStartTimestamp(event.getStartedAtMs(), TimeUnit.MILLISECONDS)
                .setAllAttributes(attributes).startSpan();
    }

    private static void end(Span span, FlowEvent event, boolean failed) {
        if (failed) {
            span.setStatus(StatusCode.ERROR);
        }
        span.end(event.getStartedAtMs() + event.getMs(), TimeUnit.MILLISECONDS);
    }
}
