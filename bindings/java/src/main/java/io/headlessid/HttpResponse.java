package io.headlessid;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jetbrains.annotations.NotNull;

/** The complete response to an {@link HttpRequest}. Immutable. */
public final class HttpResponse {
    private final int status;
    private final int httpVersion;
    private final List<HttpRequest.Header> headers;
    private final byte[] body;

    private HttpResponse(Builder builder) {
        status = builder.status;
        httpVersion = builder.httpVersion;
        headers = Collections.unmodifiableList(new ArrayList<>(builder.headers));
        body = builder.body;
    }

    /** Starts a response with its status. */
    public static @NotNull Builder builder(int status) {
        return new Builder(status);
    }

    public int getStatus() {
        return status;
    }

    /** 10, 11, 20, 30, or 0 if not known. */
    public int getHttpVersion() {
        return httpVersion;
    }

    public @NotNull List<HttpRequest.Header> getHeaders() {
        return headers;
    }

    /** The body itself, not a copy. May hold tokens. */
    public byte @NotNull [] getBody() {
        return body;
    }

    /** Counts only: no header and no byte of the body. */
    @Override
    public String toString() {
        return "HttpResponse{" + status + ", " + headers.size() + " headers, " + body.length + " bytes}";
    }

    /** Builds a response. */
    public static final class Builder {
        private final int status;
        private int httpVersion;
        private final List<HttpRequest.Header> headers = new ArrayList<>();
        private byte[] body = new byte[0];

        private Builder(int status) {
            this.status = status;
        }

        /** 10, 11, 20 or 30. */
        public @NotNull Builder httpVersion(int version) {
            httpVersion = version;
            return this;
        }

        /** Adds one header, in the order of the response; a repeated one is added each time. */
        public @NotNull Builder header(@NotNull String name, @NotNull String value) {
            headers.add(new HttpRequest.Header(name, value));
            return this;
        }

        /** The body, not copied. */
        public @NotNull Builder body(byte @NotNull [] bytes) {
            body = bytes;
            return this;
        }

        public @NotNull HttpResponse build() {
            return new HttpResponse(this);
        }
    }
}
