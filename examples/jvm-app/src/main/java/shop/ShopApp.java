package shop;

import io.headlessid.Client;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import okhttp3.OkHttpClient;

/**
 * One process of the app, like Android's Application object: one OkHttp, and one client on it. When it is
 * killed, all of this is gone; the next process knows only the {@link Bundle} and the {@link Installation}.
 */
final class ShopApp implements AutoCloseable {
    final MainThread main = new MainThread();
    final SignInViewModel signIn;
    private final ExecutorService background = Executors.newSingleThreadExecutor(work -> new Thread(work, "background"));
    private final Client client;

    /** @param site the settings for the site and the app */
    ShopApp(Client.Builder site, OkHttpClient http, Installation installation) {
        StrictMode strict = new StrictMode(main);
        byte[] sealKey = installation.sealKey();
        client = site.transport(strict.transport(http)).executor(strict.executor(background))
                .sealKeys(Collections.singletonMap("installation", sealKey)).build();
        Arrays.fill(sealKey, (byte) 0);
        signIn = new SignInViewModel(client, main, installation.id());
    }

    /** For the test of the guard: an app must not do this. */
    Client client() {
        return client;
    }

    /** The system kills the process. Nothing is saved here: that was done before, or never. */
    @Override
    public void close() {
        main.close();
        // Cancels its requests, too: OkHttpTransport has a dispatcher of its own, which http.dispatcher() does not reach.
        client.close();
        background.shutdownNow();
    }
}
