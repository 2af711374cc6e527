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
import com.sun.management.OperatingSystemMXBean;
import io.headlessid.Client;
import io.headlessid.LoginRequest;
import io.headlessid.testing.SimulatedOrg;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * Each measurement is a VM of its own, so that its CPU time (user and system, every thread, the compiler's
 * too) and its memory are its own. "one at a time" waits for each login before the next; "many at a time"
 * keeps 32 in flight: futures on our side, threads on the peer's. Both keep their connections and have run
 * as often before as they are measured. What Nimbus has no class for, the authorize request, is its
 * HTTPRequest filled by hand.
 */
public final class JavaBench {
    private static final int AT_ONCE = 32;
    private static final String[] SUBJECTS = {"one_at_a_time.ours", "one_at_a_time.peer", "many_at_a_time.ours", "many_at_a_time.peer", "session"};

    private JavaBench() {}

    private interface Login {
        void once() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2) {
            measure(arguments[0], Integer.parseInt(arguments[1]));
            return;
        }
        try (SimulatedOrg org = SimulatedOrg.start()) {
            for (String subject : SUBJECTS) {
                List<String> line = new ArrayList<>(List.of(Paths.get(System.getProperty("java.home"), "bin", "java").toString()));
                line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
                line.addAll(List.of("-cp", System.getProperty("java.class.path"), JavaBench.class.getName(), subject, arguments[0]));
                Process process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
                try (var in = process.getOutputStream()) {
                    // The address and the password go by standard input, like everywhere.
                    in.write(String.join("\n", org.getSite(), org.getCaFile(), org.getPublicApp().getClientId(), org.getPublicApp().getRedirectUri(),
                            org.getUser().getUsername(), org.getUser().getPassword()).getBytes(StandardCharsets.UTF_8));
                }
                if (process.waitFor() != 0) {
                    throw new IllegalStateException(subject + " ended with status " + process.exitValue());
                }
            }
        }
    }

    private static void measure(String subject, int logins) throws Exception {
        String[] given = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
        if (subject.equals("session")) {
            SessionBench.run();
            return;
        }
        boolean ours = subject.endsWith("ours");
        boolean many = subject.startsWith("many");
        try (Client client = Client.builder().site(given[0]).caFile(given[1]).clientId(given[2]).redirectUri(given[3]).build()) {
            LoginRequest request = LoginRequest.builder().username(given[4]).password(given[5]).build();
            SSLSocketFactory sockets = ours ? null : sockets(Paths.get(given[1]));
            Login peer = () -> peerLogin(given, sockets);
            for (int round = 0; round < 2; round++) {
                OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
                long began = System.nanoTime();
                long used = system.getProcessCpuTime();
                if (!many) {
                    Login login = ours ? () -> check(client.login(request).getAccessToken()) : peer;
                    for (int i = 0; i < logins; i++) {
                        login.once();
                    }
                } else if (ours) {
                    manyFutures(client, request, logins);
                } else {
                    manyThreads(peer, logins);
                }
                double seconds = (System.nanoTime() - began) / 1e9;
                double cpu = (system.getProcessCpuTime() - used) / 1e3;
                if (round == 1) {
                    figure(subject + "_logins_per_second", logins / seconds, "1/s");
                    figure(subject + "_cpu_per_login", cpu / logins, "us");
                    figure(subject + "_peak_memory", peakKib() / 1024.0, "MiB");
                }
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

    private static long peakKib() throws IOException {
        for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }

    private static void figure(String name, double value, String unit) {
        System.out.printf(Locale.ROOT, "{\"name\":\"java.%s\",\"value\":%.2f,\"unit\":\"%s\"}%n", name, value, unit);
    }
}
