package shop;

import io.headlessid.AsyncTransport;
import io.headlessid.HttpResponse;
import io.headlessid.HttpRequest;
import io.headlessid.Transport;
import io.headlessid.okhttp.OkHttpTransport;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import okhttp3.OkHttpClient;

/**
 * Like Android's StrictMode: the main thread may neither wait for the network nor do the work after a
 * response. By structure, not by timing: every such call is stopped, however fast it would be.
 */
final class StrictMode {
    private final MainThread main;

    StrictMode(MainThread main) {
        this.main = main;
    }

    private void refuseOnMain(String what) {
        if (main.isCurrent()) {
            throw new IllegalStateException("StrictMode: " + what + " on the main thread");
        }
    }

    /** The library's blocking calls use send; the others use sendAsync, which OkHttp queues. */
    Transport transport(OkHttpClient client) {
        return new Guarded(this, new OkHttpTransport(client));
    }

    /** The work after each response: reading, checking, completing futures. */
    Executor executor(Executor background) {
        return work -> background.execute(() -> {
            refuseOnMain("background work");
            work.run();
        });
    }

    private static final class Guarded implements Transport, AsyncTransport {
        private final StrictMode mode;
        private final OkHttpTransport http;

        Guarded(StrictMode mode, OkHttpTransport http) {
            this.mode = mode;
            this.http = http;
        }

        @Override
        public HttpResponse send(HttpRequest request) throws IOException {
            mode.refuseOnMain("waiting for the network");
            return http.send(request);
        }

        @Override
        public CompletableFuture<HttpResponse> sendAsync(HttpRequest request) {
            return http.sendAsync(request);
        }
    }
}
