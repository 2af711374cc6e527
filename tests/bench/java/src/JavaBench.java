import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.util.URLUtils;
import io.headlessid.Client;
import io.headlessid.LoginRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * A side of Java's comparisons, which rounds.py runs, or, with no argument, the session's token. "one at a time" waits for each
 * login before the next; "many at a time" keeps 32 in flight: futures on our side, threads on the peer's. Both keep their
 * connections. What Nimbus has no class for, the authorize request, is its HTTPRequest filled by hand.
 */
public final class JavaBench {
    private static final int AT_ONCE = 32;

    private JavaBench() {}

    private interface Login {
        void once() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            SessionBench.run();
            return;
        }
        boolean ours = arguments[0].endsWith("ours");
        boolean many = arguments[0].startsWith("many");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String[] given = new String[6];
        for (int i = 0; i < given.length; i++) {
            given[i] = in.readLine();
        }
        try (Client client = Client.builder().site(given[0]).caFile(given[1]).clientId(given[2]).redirectUri(given[3]).build()) {
            LoginRequest request = LoginRequest.builder().username(given[4]).password(given[5]).build();
            SSLSocketFactory sockets = sockets(Paths.get(given[1]));
            Login login = ours ? () -> check(client.login(request).getAccessToken()) : () -> peerLogin(given, sockets);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                int logins = Integer.parseInt(line);
                if (!many) {
                    for (int i = 0; i < logins; i++) {
                        login.once();
                    }
                } else if (ours) {
                    manyFutures(client, request, logins);
                } else {
                    manyThreads(login, logins);
                }
                // Threads that have ended, as the peer's have, take their count with them.
                System.out.println(many ? "{}" : "{\"switches\":" + switches() + "}");
            }
        }
    }

    private static void manyFutures(Client client, LoginRequest request, int logins) throws InterruptedException {
        Semaphore room = new Semaphore(AT_ONCE);
        AtomicReference<Throwable> failed = new AtomicReference<>();
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < logins; i++) {
            room.acquire();
            futures.add(client.loginAsync(request).whenComplete((tokens, error) -> {
                if (error != null) {
                    failed.set(error);
                }
                room.release();
            }));
        }
        CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0])).join();
        if (failed.get() != null) {
            throw new IllegalStateException(failed.get());
        }
    }

    private static void manyThreads(Login login, int logins) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(logins);
        AtomicReference<Throwable> failed = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            Thread thread = new Thread(() -> {
                try {
                    while (left.getAndDecrement() > 0) {
                        login.once();
                    }
                } catch (Throwable e) {
                    failed.set(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (failed.get() != null) {
            throw new IllegalStateException(failed.get());
        }
    }

    private static void peerLogin(String[] given, SSLSocketFactory sockets) throws Exception {
        URI redirect = URI.create(given[3]);
        CodeVerifier verifier = new CodeVerifier();
        State state = new State();
        Map<String, List<String>> form = new LinkedHashMap<>();
        form.put("response_type", Collections.singletonList("code_credentials"));
        form.put("client_id", Collections.singletonList(given[2]));
        form.put("redirect_uri", Collections.singletonList(given[3]));
        form.put("username", Collections.singletonList(given[4]));
        form.put("password", Collections.singletonList(given[5]));
        form.put("code_challenge", Collections.singletonList(CodeChallenge.compute(CodeChallengeMethod.S256, verifier).getValue()));
        form.put("state", Collections.singletonList(state.getValue()));
        HTTPRequest authorize = new HTTPRequest(HTTPRequest.Method.POST, URI.create(given[0] + "/services/oauth2/authorize"));
        authorize.setContentType("application/x-www-form-urlencoded");
        authorize.setHeader("Auth-Request-Type", "Named-User");
        authorize.setBody(URLUtils.serializeParameters(form));
        HTTPResponse response = send(authorize, sockets);
        AuthorizationResponse authorized = AuthorizationResponse.parse(response.getLocation());
        if (!state.equals(authorized.getState())) {
            throw new IllegalStateException("another state");
        }
        AuthorizationCode code = authorized.toSuccessResponse().getAuthorizationCode();
        HTTPRequest token = new TokenRequest(URI.create(given[0] + "/services/oauth2/token"), new ClientID(given[2]),
                new AuthorizationCodeGrant(code, redirect, verifier)).toHTTPRequest();
        check(AccessTokenResponse.parse(send(token, sockets)).getTokens().getAccessToken().getValue());
    }

    private static HTTPResponse send(HTTPRequest request, SSLSocketFactory sockets) throws IOException {
        request.setSSLSocketFactory(sockets);
        request.setFollowRedirects(false);
        return request.send();
    }

    private static SSLSocketFactory sockets(Path caFile) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(caFile)) {
            int number = 0;
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + number++, certificate);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    private static void check(String token) {
        if (token == null || token.isEmpty()) {
            throw new IllegalStateException("no token");
        }
    }

    /** How often the threads of this VM that still run have had to wait. */
    private static long switches() throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Paths.get("/proc/self/task"))) {
            for (Path thread : threads) {
                sum += switches(thread);
            }
        }
        return sum;
    }

    private static long switches(Path thread) {
        try {
            for (String line : Files.readAllLines(thread.resolve("status"))) {
                if (line.startsWith("voluntary_ctxt_switches:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException e) {
            // It has just ended: one of the compiler's.
        }
        return 0;
    }
}
