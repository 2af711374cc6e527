package io.headlessid.okhttp;

import io.headlessid.AsyncTransport;
import io.headlessid.HttpResponse;
import io.headlessid.HttpRequest;
import io.headlessid.NoResponseException;
import io.headlessid.Transport;
import io.headlessid.internal.Faults;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.Authenticator;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSink;
import okio.BufferedSource;
import org.jetbrains.annotations.NotNull;

/**
 * Sends with the app's OkHttp 4 or 5: its connections, certificates, proxy and interceptors, HTTP/2 if
 * the server supports it. Needs {@code com.squareup.okhttp3:okhttp}, which this library does not bring.
 *
 * <p>A copy of the client is made that shares its pool, without redirects, cookies, cache, authentication, retries and
 * {@link SessionAuth}. If another interceptor of the app does such things anyway, that is the app's decision.
 *
 * <p>The copy has a dispatcher of its own, with the limits that the app's has now and daemon threads that end when they are idle:
 * calls of the app that wait for a token hold slots and threads of the app's, and a refresh must not queue behind them. So
 * {@code cancelAll()} of the app's dispatcher cancels no flow; {@code Client.close()} does.
 */
public final class OkHttpTransport implements Transport, AsyncTransport {
    /** The most that is read of a body: the library refuses more than 1 MiB, and must see that there was more. */
    private static final long MAX_BODY_BYTES = 1024 * 1024 + 1;
    private static final int IDLE_SECONDS = 10;
    private static final AtomicLong NUMBER = new AtomicLong();

    private final OkHttpClient client;

    public OkHttpTransport(@NotNull OkHttpClient client) {
        OkHttpClient.Builder copy = Objects.requireNonNull(client, "client").newBuilder();
        // It would wait for the very refresh that it holds up.
        copy.interceptors().removeIf(interceptor -> interceptor instanceof SessionAuth);
        this.client = copy.dispatcher(dispatcherLike(client.dispatcher()))
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .cookieJar(CookieJar.NO_COOKIES)
                .authenticator(Authenticator.NONE)
                .cache(null)
                // Network interceptors run once there is a connection, TLS completed, and before the first byte.
                .addNetworkInterceptor(chain -> {
                    Progress progress = chain.request().tag(Progress.class);
                    if (progress != null) {
                        progress.maybeSent = true;
                    }
                    return chain.proceed(chain.request());
                })
                .build();
    }

    private static Dispatcher dispatcherLike(Dispatcher other) {
        long number = NUMBER.incrementAndGet();
        AtomicLong threads = new AtomicLong();
        // As many threads as there are calls, whose number the dispatcher limits.
        Dispatcher made = new Dispatcher(new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "headlessid-okhttp-" + number + "-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        }));
        made.setMaxRequests(other.getMaxRequests());
        made.setMaxRequestsPerHost(other.getMaxRequestsPerHost());
        return made;
    }

    @Override
    public @NotNull HttpResponse send(@NotNull HttpRequest request) throws IOException {
        Progress progress = new Progress();
        try (Response response = call(request, progress).execute()) {
            return read(response);
        } catch (IOException e) {
            throw progress.noResponse(e);
        }
    }

    @Override
    public @NotNull CompletableFuture<HttpResponse> sendAsync(@NotNull HttpRequest request) {
        Progress progress = new Progress();
        Call call = call(request, progress);
        CompletableFuture<HttpResponse> future = new CompletableFuture<>();
        future.whenComplete((response, error) -> {
            if (error != null) {
                call.cancel();
            }
        });
        call.enqueue(new Callback() {
            @Override
            public void onResponse(@NotNull Call done, @NotNull Response response) {
                try (Response closing = response) {
                    future.complete(read(closing));
                } catch (IOException e) {
                    future.completeExceptionally(progress.noResponse(e));
                } catch (RuntimeException | Error e) {
                    // No memory for the body, for one: the flow must not wait for ever.
                    future.completeExceptionally(e);
                }
            }

            @Override
            public void onFailure(@NotNull Call failed, @NotNull IOException e) {
                future.completeExceptionally(progress.noResponse(e));
            }
        });
        return future;
    }

    private Call call(HttpRequest request, Progress progress) {
        Request.Builder built = new Request.Builder().url(request.getUrl()).tag(Progress.class, progress);
        String type = null;
        for (HttpRequest.Header header : request.getHeaders()) {
            if (header.getName().equalsIgnoreCase("Content-Type")) {
                type = header.getValue();
            }
            built.addHeader(header.getName(), header.getValue());
        }
        boolean post = request.getMethod().equals("POST");
        built.method(request.getMethod(), post ? new OneShot(request.getBody(), type) : null);
        Call call = client.newCall(built.build());
        call.timeout().timeout(Math.max(1, request.getDeadlineMillis() - System.currentTimeMillis()), TimeUnit.MILLISECONDS);
        return call;
    }

    private static HttpResponse read(Response response) throws IOException {
        HttpResponse.Builder built = HttpResponse.builder(response.code()).httpVersion(version(response.protocol()));
        for (int i = 0; i < response.headers().size(); i++) {
            built.header(response.headers().name(i), response.headers().value(i));
        }
        ResponseBody body = response.body();
        if (body != null) {
            BufferedSource source = body.source();
            source.request(MAX_BODY_BYTES);
            Buffer buffer = source.getBuffer();
            built.body(buffer.readByteArray(Math.min(buffer.size(), MAX_BODY_BYTES)));
        }
        return built.build();
    }

    private static int version(Protocol protocol) {
        switch (protocol) {
            case HTTP_1_0:
                return 10;
            case HTTP_1_1:
                return 11;
            case HTTP_2:
            case H2_PRIOR_KNOWLEDGE:
                return 20;
            default:
                return 0;
        }
    }

    /** A body that OkHttp must not send a second time, whatever the server responds. */
    private static final class OneShot extends RequestBody {
        private final byte[] bytes;
        private final MediaType type;

        OneShot(byte[] bytes, String type) {
            this.bytes = bytes;
            this.type = type == null ? null : MediaType.parse(type);
        }

        @Override
        public MediaType contentType() {
            return type;
        }

        @Override
        public long contentLength() {
            return bytes.length;
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(@NotNull BufferedSink sink) throws IOException {
            sink.write(bytes);
        }
    }

    /** Whether a call has begun to send. */
    private static final class Progress {
        volatile boolean maybeSent;

        NoResponseException noResponse(IOException e) {
            return new NoResponseException(maybeSent ? NoResponseException.Sent.MAYBE : NoResponseException.Sent.NO,
                    maybeSent ? null : Faults.whileConnecting(e), (maybeSent ? "no response: " : "no connection: ") + e.getClass().getSimpleName(), e);
        }
    }
}
