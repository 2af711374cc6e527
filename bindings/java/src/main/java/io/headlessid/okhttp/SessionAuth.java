package io.headlessid.okhttp;

import io.headlessid.HeadlessIdException;
import io.headlessid.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import okhttp3.Authenticator;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.Route;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Calls an API with a session's token: {@code new SessionAuth(session).addTo(new OkHttpClient.Builder())}. A response with 401
 * rejects the token, and the request is sent again, once, with another; one with a one-shot body is not, and its 401 is handed
 * through. Needs {@code com.squareup.okhttp3:okhttp} 4 or 5, which this library does not bring.
 *
 * <p>A request that has an Authorization header of its own is left alone. One that has a tag {@code Session.class} uses that
 * session: {@code new Request.Builder().tag(Session.class, session)}. OkHttp takes the header off a redirect to another host.
 * Errors of the session are an {@link IOException} with the {@link HeadlessIdException} as its cause, and with an
 * {@link IllegalStateException} once the client or its sessions are closed. Thread-safe.
 */
public final class SessionAuth implements Interceptor, Authenticator {
    private static final String HEADER = "Authorization";
    private static final String SCHEME = "Bearer ";

    private final Session session;
    private final Duration minTtl;

    /** The session whose token a request has by this class. */
    private static final class Used {
        final Session session;

        Used(Session session) {
            this.session = session;
        }
    }

    /** @param session for requests without a tag; null: those are left alone */
    public SessionAuth(@Nullable Session session) {
        this(session, Duration.ZERO);
    }

    /** @param minTtl how long each token must last */
    public SessionAuth(@Nullable Session session, @NotNull Duration minTtl) {
        this.session = session;
        this.minTtl = Objects.requireNonNull(minTtl, "minTtl");
    }

    /** Makes this the interceptor and the authenticator of a client. */
    public OkHttpClient.@NotNull Builder addTo(OkHttpClient.@NotNull Builder builder) {
        return builder.addInterceptor(this).authenticator(this);
    }

    @Override
    public @NotNull Response intercept(@NotNull Chain chain) throws IOException {
        Request request = chain.request();
        Session tagged = request.tag(Session.class);
        Session used = tagged != null ? tagged : session;
        if (used == null || request.header(HEADER) != null) {
            return chain.proceed(request);
        }
        String token;
        try {
            token = used.accessToken(minTtl);
        } catch (RuntimeException e) {
            throw noToken(e);
        }
        return chain.proceed(request.newBuilder().header(HEADER, SCHEME + token).tag(Used.class, new Used(used)).build());
    }

    @Override
    public @Nullable Request authenticate(@Nullable Route route, @NotNull Response response) throws IOException {
        Request request = response.request();
        Used used = request.tag(Used.class);
        String header = request.header(HEADER);
        if (used == null || header == null || !header.startsWith(SCHEME) || wasRejectedBefore(response)) {
            return null;
        }
        try {
            return request.newBuilder().header(HEADER, SCHEME + used.session.rejected(header.substring(SCHEME.length()))).build();
        } catch (RuntimeException e) {
            throw noToken(e);
        }
    }

    private static boolean wasRejectedBefore(Response response) {
        for (Response prior = response.priorResponse(); prior != null; prior = prior.priorResponse()) {
            if (prior.code() == 401) {
                return true;
            }
        }
        return false;
    }

    /** OkHttp rethrows anything else in a thread of its own, which ends an Android app. */
    private static IOException noToken(RuntimeException e) {
        String why = e instanceof HeadlessIdException ? ((HeadlessIdException) e).getReason() : e.getClass().getName();
        return new IOException("no access token: " + why, e);
    }
}
