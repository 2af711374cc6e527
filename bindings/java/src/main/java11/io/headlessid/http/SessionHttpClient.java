package io.headlessid.http;

import io.headlessid.Session;
import io.headlessid.internal.LaterJvm;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jetbrains.annotations.NotNull;

/**
 * A {@link HttpClient} that calls an API with a session's token: {@code SessionHttpClient.of(HttpClient.newHttpClient(), session)}.
 * A response with 401 rejects the token, and the request is sent again, once, with another, if it has no body, text or an
 * array; for other bodies, which may be gone, the 401 is handed through and the next request has a new token. For JDK 11 and
 * later; not on Android. Thread-safe.
 *
 * <p>A request that has an Authorization header of its own is left alone. Cancelling the future of {@code sendAsync}, or completing it
 * from outside, ends the exchange under way (from JDK 16 on; before, its response is dropped), sends nothing more and cancels no refresh.
 * WebSockets are the wrapped client's.
 */
@LaterJvm
public final class SessionHttpClient extends HttpClient {
    private static final String HEADER = "Authorization";
    private static final Class<?> ARRAY = HttpRequest.BodyPublishers.ofByteArray(new byte[0]).getClass();
    private static final Class<?> NONE = HttpRequest.BodyPublishers.noBody().getClass();

    private final HttpClient client;
    private final Session session;
    private final Duration minTtl;

    private SessionHttpClient(HttpClient client, Session session, Duration minTtl) {
        Objects.requireNonNull(client, "client");
        if (client.followRedirects() != Redirect.NEVER) {
            throw new IllegalArgumentException("the client must not follow redirects: java.net.http sends the token on to wherever they lead");
        }
        this.client = client;
        this.session = Objects.requireNonNull(session, "session");
        this.minTtl = Objects.requireNonNull(minTtl, "minTtl");
    }

    /** @throws IllegalArgumentException if the client follows redirects: it would send the token on to other hosts */
    public static @NotNull SessionHttpClient of(@NotNull HttpClient client, @NotNull Session session) {
        return of(client, session, Duration.ZERO);
    }

    /** @param minTtl how long each token must last */
    public static @NotNull SessionHttpClient of(@NotNull HttpClient client, @NotNull Session session, @NotNull Duration minTtl) {
        return new SessionHttpClient(client, session, minTtl);
    }

    /** @throws io.headlessid.HeadlessIdException if the session has no token to give */
    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws IOException, InterruptedException {
        if (hasOwn(request)) {
            return client.send(request, handler);
        }
        String token = session.accessToken(minTtl);
        boolean again = canSendAgain(request);
        HttpResponse<T> response = client.send(with(request, token), again ? unlessRejected(handler) : handler);
        if (response.statusCode() != 401) {
            return response;
        }
        if (!again) {
            session.rejectedAsync(token);
            return response;
        }
        return client.send(with(request, session.rejected(token)), handler);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        return sendAsync(request, handler, null);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler,
            HttpResponse.PushPromiseHandler<T> pushes) {
        if (hasOwn(request)) {
            return client.sendAsync(request, handler, pushes);
        }
        boolean again = canSendAgain(request);
        Call<T> call = new Call<>();
        HttpResponse.BodyHandler<T> first = again ? unlessRejected(handler) : handler;
        call.after(() -> session.accessTokenAsync(minTtl), token -> call.send(() -> client.sendAsync(with(request, token), first, pushes), response -> {
            if (response.statusCode() == 401 && again) {
                call.after(() -> session.rejectedAsync(token),
                        other -> call.send(() -> client.sendAsync(with(request, other), handler, pushes), call.future::complete));
                return;
            }
            if (response.statusCode() == 401) {
                session.rejectedAsync(token);
            }
            call.future.complete(response);
        }));
        return call.future;
    }

    /** One call of the app's: its future, and the exchange that the future's end cancels. What the session does goes on. */
    private static final class Call<T> {
        final CompletableFuture<HttpResponse<T>> future = new CompletableFuture<>();
        private volatile CompletableFuture<HttpResponse<T>> exchange;

        Call() {
            future.whenComplete((response, error) -> breakOff());
        }

        private void breakOff() {
            CompletableFuture<HttpResponse<T>> running = exchange;
            if (running != null && !running.isDone()) {
                running.cancel(true);
            }
        }

        /** Nothing is sent once the future is complete. */
        void send(Supplier<CompletableFuture<HttpResponse<T>>> sending, Consumer<HttpResponse<T>> next) {
            after(() -> {
                CompletableFuture<HttpResponse<T>> sent = sending.get();
                exchange = sent;
                if (future.isDone()) {
                    breakOff();
                }
                return sent;
            }, next);
        }

        /** Begins a stage and goes on with its value, unless the future is complete; whatever fails, fails the future. */
        <V> void after(Supplier<CompletableFuture<V>> stage, Consumer<V> next) {
            if (future.isDone()) {
                return;
            }
            try {
                stage.get().whenComplete((value, error) -> {
                    if (error != null) {
                        future.completeExceptionally(error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
                    } else if (!future.isDone()) {
                        attempt(() -> next.accept(value));
                    }
                });
            } catch (RuntimeException | Error e) {
                future.completeExceptionally(e);
            }
        }

        private void attempt(Runnable work) {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                future.completeExceptionally(e);
            }
        }
    }

    private static boolean hasOwn(HttpRequest request) {
        return request.headers().firstValue(HEADER).isPresent();
    }

    private static boolean canSendAgain(HttpRequest request) {
        return request.bodyPublisher().map(body -> ARRAY.isInstance(body) || NONE.isInstance(body)).orElse(true);
    }

    /** The body of the first 401 must not get to where the caller wants the second response's: into a file, for example. */
    private static <T> HttpResponse.BodyHandler<T> unlessRejected(HttpResponse.BodyHandler<T> handler) {
        return info -> info.statusCode() == 401 ? HttpResponse.BodySubscribers.replacing(null) : handler.apply(info);
    }

    private static HttpRequest with(HttpRequest request, String token) {
        HttpRequest.Builder copy = HttpRequest.newBuilder(request.uri()).expectContinue(request.expectContinue())
                .method(request.method(), request.bodyPublisher().orElseGet(HttpRequest.BodyPublishers::noBody));
        request.timeout().ifPresent(copy::timeout);
        request.version().ifPresent(copy::version);
        request.headers().map().forEach((name, values) -> values.forEach(value -> copy.header(name, value)));
        return copy.header(HEADER, "Bearer " + token).build();
    }

    // ---- the wrapped client's

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return client.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return client.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return client.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return client.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return client.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return client.authenticator();
    }

    @Override
    public Version version() {
        return client.version();
    }

    @Override
    public Optional<Executor> executor() {
        return client.executor();
    }

    @Override
    public WebSocket.Builder newWebSocketBuilder() {
        return client.newWebSocketBuilder();
    }
}
