package io.headlessid.spring;

import io.headlessid.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jetbrains.annotations.NotNull;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Calls an API with a session's token, for Spring 6's RestClient and RestTemplate:
 * {@code RestClient.builder().requestInterceptor(new SessionRequestInterceptor(session))}. A response with 401 rejects the token,
 * and the request is sent again, once, with another; Spring has buffered its body. Needs {@code org.springframework:spring-web} and
 * JDK 17.
 *
 * <p>Register it last. Spring runs the interceptors that come after it for the first of the two requests alone: the second has
 * the headers that they set on the request itself, but no body and no request that they put in its place, and they do not see its
 * response.
 *
 * <p>A request that has an Authorization header of its own is left alone. Whether redirects are followed, and with which headers,
 * is a matter of the client's request factory: take one that follows none. One that does may send the token to another host, and
 * after a 401 there the first request is sent again, which may have been carried out. Thread-safe.
 */
public final class SessionRequestInterceptor implements ClientHttpRequestInterceptor {
    private final Supplier<Session> sessions;
    private final Duration minTtl;

    public SessionRequestInterceptor(@NotNull Session session) {
        this(always(session), Duration.ZERO);
    }

    /**
     * @param sessions gives the session of the request under way: by the user that is signed in, for example
     * @param minTtl how long each token must last
     */
    public SessionRequestInterceptor(@NotNull Supplier<Session> sessions, @NotNull Duration minTtl) {
        this.sessions = Objects.requireNonNull(sessions, "sessions");
        this.minTtl = Objects.requireNonNull(minTtl, "minTtl");
    }

    private static Supplier<Session> always(Session session) {
        Objects.requireNonNull(session, "session");
        return () -> session;
    }

    /** @throws io.headlessid.HeadlessIdException if the session has no token to give */
    @Override
    public @NotNull ClientHttpResponse intercept(@NotNull HttpRequest request, byte @NotNull [] body, @NotNull ClientHttpRequestExecution execution)
            throws IOException {
        HttpHeaders headers = request.getHeaders();
        if (headers.getFirst(HttpHeaders.AUTHORIZATION) != null) {
            return execution.execute(request, body);
        }
        Session session = sessions.get();
        String token = session.accessToken(minTtl);
        headers.setBearerAuth(token);
        ClientHttpResponse response = execution.execute(request, body);
        if (response.getStatusCode().value() != 401) {
            return response;
        }
        response.close();
        headers.setBearerAuth(session.rejected(token));
        return execution.execute(request, body);
    }
}
