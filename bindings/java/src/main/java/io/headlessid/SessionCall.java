package io.headlessid;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** One flow of a session: what it is to do, and its outcome. Others who want the same wait for the same outcome. */
final class SessionCall {
    final String flow;
    final long minTtlMillis;
    /** "rejected": the token. "begin": the tokens as JSON. */
    final String secret;
    /** Completed once, never by a caller: nothing that a caller does ends the flow. */
    final CompletableFuture<FlowResult> outcome = new CompletableFuture<>();

    private SessionCall(String flow, long minTtlMillis, String secret) {
        this.flow = flow;
        this.minTtlMillis = minTtlMillis;
        this.secret = secret;
    }

    static SessionCall token(long minTtlMillis) {
        return new SessionCall("token", minTtlMillis, null);
    }

    static SessionCall rejected(String token) {
        return new SessionCall("rejected", 0, token);
    }

    static SessionCall begin(String tokens) {
        return new SessionCall("begin", 0, tokens);
    }

    static SessionCall guest() {
        return new SessionCall("guest", 0, null);
    }

    static SessionCall end() {
        return new SessionCall("end", 0, null);
    }

    /** Whether this one's outcome is also the other's. Each sign-in is one of its own. */
    boolean serves(SessionCall other) {
        return flow.equals(other.flow) && !flow.equals("begin") && Objects.equals(secret, other.secret) && minTtlMillis >= other.minTtlMillis;
    }

    void fill(Flow made) {
        if (flow.equals("begin")) {
            made.set("tokens", secret);
        } else if (flow.equals("rejected")) {
            made.set("access_token", secret);
        }
        if (minTtlMillis > 0) {
            made.set("min_ttl_ms", Long.toString(minTtlMillis));
        }
    }
}
