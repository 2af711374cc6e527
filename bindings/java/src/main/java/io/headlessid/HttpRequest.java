package io.headlessid;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jetbrains.annotations.NotNull;

/**
 * One HTTP request that a flow wants sent. Redirects are not followed, cookies neither sent nor kept, no
 * other authentication is added, and only the flow repeats it. Headers and body hold secrets.
 */
public final class HttpRequest {
    private final String name;
    private final String method;
    private final String url;
    private final transient List<Header> headers;
    private final transient byte[] body;
    private final boolean retrySafe;
    private final boolean prefersHttp2;
    private final long deadlineMillis;

    private HttpRequest(String name, String method, String url, List<Header> headers, byte[] body, boolean retrySafe,
            boolean prefersHttp2, long deadlineMillis) {
        this.name = name;
        this.method = method;
        this.url = url;
        this.headers = Collections.unmodifiableList(headers);
        this.body = body;
        this.retrySafe = retrySafe;
        this.prefersHttp2 = prefersHttp2;
        this.deadlineMillis = deadlineMillis;
    }

    static HttpRequest read(long flow) {
        int count = (int) Native.hlid_flow_request_header_count(flow);
        List<Header> headers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            headers.add(new Header(Utf8.decode(Native.hlid_flow_request_header_name(flow, i)),
                    Utf8.decode(Native.hlid_flow_request_header_value(flow, i))));
        }
        byte[] body = Native.hlid_flow_request_body(flow);
        return new HttpRequest(Utf8.decode(Native.hlid_flow_request_name(flow)), Utf8.decode(Native.hlid_flow_request_method(flow)),
                Utf8.decode(Native.hlid_flow_request_url(flow)), headers, body == null ? new byte[0] : body,
                Native.hlid_flow_request_retry_safe(flow) != 0, Native.hlid_flow_request_prefers_http2(flow) != 0,
                Native.hlid_flow_deadline_ms(flow));
    }

    /** The request's name within the flow: "authorize", "token". */
    public @NotNull String getName() {
        return name;
    }

    /** "POST" or "GET". */
    public @NotNull String getMethod() {
        return method;
    }

    /** The whole address. */
    public @NotNull String getUrl() {
        return url;
    }

    /** Every header to send, unchanged. */
    @JsonIgnore
    public @NotNull List<Header> getHeaders() {
        return headers;
    }

    /** The body itself, not a copy; empty if there is none. The runner zeroes it once it was sent. */
    @JsonIgnore
    public byte @NotNull [] getBody() {
        return body;
    }

    /** Whether the request may be sent again after it may have reached the server. For information: the flow itself asks for every repetition. */
    public boolean isRetrySafe() {
        return retrySafe;
    }

    /** Whether the server is known to require HTTP/2 for it. */
    public boolean isHttp2Preferred() {
        return prefersHttp2;
    }

    /** The flow's deadline, in milliseconds since 1970. */
    public long getDeadlineMillis() {
        return deadlineMillis;
    }

    /** Name, method and number of headers; no values. */
    @Override
    public String toString() {
        return "HttpRequest{" + name + ", " + method + ", " + headers.size() + " headers, " + body.length + " bytes}";
    }

    /** One header of a request or a response. */
    public static final class Header {
        private final String name;
        private final transient String value;

        public Header(@NotNull String name, @NotNull String value) {
            this.name = name;
            this.value = value;
        }

        public @NotNull String getName() {
            return name;
        }

        /** May be secret. */
        @JsonIgnore
        public @NotNull String getValue() {
            return value;
        }

        /** The name alone. */
        @Override
        public String toString() {
            return name + ": •••";
        }
    }
}
