package io.headlessid.spring;

import io.headlessid.Session;
import java.time.Duration;
import java.util.Objects;
import org.jetbrains.annotations.NotNull;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/**
 * Calls an API with a session's token, for Spring 6's WebClient: {@code WebClient.builder().filter(new SessionExchangeFilter(session))}.
 * A response with 401 rejects the token, and the request is sent again, once, with another, if it has no body or one of
 * {@code bodyValue}; for other bodies, which may be gone, the 401 is handed through and the next request has a new token. Needs
 * {@code org.springframework:spring-webflux} and JDK 17.
 *
 * <p>A request that has an Authorization header of its own is left alone. An attribute {@link #SESSION} names the session of one
 * request. Cancelling a subscription does not cancel a refresh. Take a connector that follows no redirects: one that does may send
 * the token to another host, and after a 401 there the first request is sent again, which may have been carried out. Thread-safe.
 */
public final class SessionExchangeFilter implements ExchangeFilterFunction {
    /** The attribute with the {@link Session} of a request. */
    public static final String SESSION = SessionExchangeFilter.class.getName() + ".SESSION";

    private static final BodyInserter<?, ?> NONE = BodyInserters.empty();
    private static final Class<?> VALUE = BodyInserters.fromValue("").getClass();

    private final Session session;
    private final Duration minTtl;

    public SessionExchangeFilter(@NotNull Session session) {
        this(session, Duration.ZERO);
    }

    /** @param minTtl how long each token must last */
    public SessionExchangeFilter(@NotNull Session session, @NotNull Duration minTtl) {
        this.session = Objects.requireNonNull(session, "session");
        this.minTtl = Objects.requireNonNull(minTtl, "minTtl");
    }

    @Override
    public @NotNull Mono<ClientResponse> filter(@NotNull ClientRequest request, @NotNull ExchangeFunction next) {
        if (request.headers().getFirst(HttpHeaders.AUTHORIZATION) != null) {
            return next.exchange(request);
        }
        Session used = (Session) request.attribute(SESSION).orElse(session);
        // Of a future that is a dependent alone: what a subscriber does to it reaches no refresh.
        return Mono.defer(() -> Mono.fromFuture(used.accessTokenAsync(minTtl))).flatMap(token -> next.exchange(with(request, token)).flatMap(response -> {
            if (response.statusCode().value() != 401) {
                return Mono.just(response);
            }
            if (!canSendAgain(request)) {
                used.rejectedAsync(token);
                return Mono.just(response);
            }
            return response.releaseBody().then(Mono.defer(() -> Mono.fromFuture(used.rejectedAsync(token))))
                    .flatMap(other -> next.exchange(with(request, other)));
        }));
    }

    private static boolean canSendAgain(ClientRequest request) {
        return request.body() == NONE || VALUE.isInstance(request.body());
    }

    private static ClientRequest with(ClientRequest request, String token) {
        return ClientRequest.from(request).headers(headers -> headers.setBearerAuth(token)).build();
    }
}
