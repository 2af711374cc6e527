package io.headlessid;

import io.headlessid.internal.Faults;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Sends with {@link HttpURLConnection}, which every JVM and every Android has. HTTP/1.1 only: some
 * orgs refuse guest tokens over it; then use OkHttp or the library's own client.
 *
 * <p>Limits of the platform's class: a process-wide {@link java.net.CookieHandler}, if the app has set one,
 * adds cookies to every request in the process; and the body of a 401 response is lost, because requests are
 * sent in streaming mode. Without that mode the platform repeats a POST by itself when the connection breaks,
 * and a login or a code would be used twice.
 */
public final class HttpUrlConnectionTransport implements Transport {
    /** The most that is read of a body: the library refuses more than 1 MiB, and must see that there was more. */
    private static final int MAX_BODY_BYTES = 1024 * 1024 + 1;
    private static final int READ_BYTES = 8192;

    private final SSLSocketFactory sockets;

    /** With the platform's own trust. */
    public HttpUrlConnectionTransport() {
        this(null);
    }

    /** With the app's own sockets: for other trusted certificates, or a client certificate. */
    public HttpUrlConnectionTransport(@Nullable SSLSocketFactory sockets) {
        this.sockets = sockets;
    }

    @Override
    public @NotNull HttpResponse send(@NotNull HttpRequest request) throws IOException {
        HttpURLConnection connection = open(request);
        try {
            // Connecting is a call of its own, TLS included: until it returns nothing of the request is sent.
            try {
                connection.connect();
            } catch (IOException e) {
                throw new NoResponseException(NoResponseException.Sent.NO, Faults.whileConnecting(e), "no connection: " + e.getClass().getSimpleName(), e);
            }
            try {
                write(connection, request);
                return read(connection, request);
            } catch (IOException e) {
                connection.disconnect();
                throw new NoResponseException(NoResponseException.Sent.MAYBE, "no response: " + e.getClass().getSimpleName(), e);
            }
        } catch (RuntimeException e) {
            connection.disconnect();
            throw e;
        }
    }

    private HttpURLConnection open(HttpRequest request) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(request.getUrl()).openConnection();
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setAllowUserInteraction(false);
        connection.setConnectTimeout(timeLeft(request));
        connection.setReadTimeout(timeLeft(request));
        if (sockets != null && connection instanceof HttpsURLConnection) {
            ((HttpsURLConnection) connection).setSSLSocketFactory(sockets);
        }
        connection.setRequestMethod(request.getMethod());
        for (HttpRequest.Header header : request.getHeaders()) {
            connection.setRequestProperty(header.getName(), header.getValue());
        }
        if (request.getMethod().equals("POST")) {
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(request.getBody().length);
        }
        return connection;
    }

    private static void write(HttpURLConnection connection, HttpRequest request) throws IOException {
        if (connection.getDoOutput()) {
            try (OutputStream out = connection.getOutputStream()) {
                out.write(request.getBody());
            }
        }
    }

    private static HttpResponse read(HttpURLConnection connection, HttpRequest request) throws IOException {
        HttpResponse.Builder response = HttpResponse.builder(statusOf(connection)).httpVersion(11);
        for (Map.Entry<String, List<String>> header : connection.getHeaderFields().entrySet()) {
            // The status line is in there too, without a name.
            if (header.getKey() != null) {
                // The platform lists the values of one name in reverse.
                for (int i = header.getValue().size() - 1; i >= 0; i--) {
                    response.header(header.getKey(), header.getValue().get(i));
                }
            }
        }
        return response.body(bodyOf(connection, request)).build();
    }

    private static int statusOf(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status < 0) {
            throw new IOException("the response is not HTTP");
        }
        return status;
    }

    private static byte[] bodyOf(HttpURLConnection connection, HttpRequest request) throws IOException {
        try (InputStream in = connection.getResponseCode() >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            if (in == null) {
                return new byte[0];
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[READ_BYTES];
            int room = MAX_BODY_BYTES;
            while (room > 0) {
                // The platform limits each read by itself; all of them together must keep the flow's deadline.
                if (request.getDeadlineMillis() <= System.currentTimeMillis()) {
                    throw new SocketTimeoutException("the body does not end");
                }
                int n = in.read(buffer, 0, Math.min(buffer.length, room));
                if (n < 0) {
                    break;
                }
                out.write(buffer, 0, n);
                room -= n;
            }
            Arrays.fill(buffer, (byte) 0);
            if (room == 0) {
                connection.disconnect();
            }
            return out.toByteArray();
        }
    }

    /** Milliseconds until the flow's deadline; at least 1, because 0 means no limit there. */
    private static int timeLeft(HttpRequest request) {
        long left = request.getDeadlineMillis() - System.currentTimeMillis();
        return (int) Math.max(1, Math.min(left, Integer.MAX_VALUE));
    }
}
