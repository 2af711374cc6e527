package io.headlessid.testing;

import io.headlessid.Client;
import io.headlessid.internal.JsonText;
import io.headlessid.internal.JsonTree;
import io.headlessid.internal.PackagedFile;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.UnsupportedEncodingException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * An Experience Cloud site in a child process, for an app's own tests: as strict as an org, with users,
 * apps, TLS and a clock that can be moved. Needs no org and no network.
 *
 * <pre>{@code
 * try (SimulatedOrg org = SimulatedOrg.start(); Client client = org.clientBuilder().build()) {
 *     Guest guest = client.guest();
 * }
 * }</pre>
 *
 * <p>It runs the command {@code headlessid sim}: the one that the environment variable
 * {@code HEADLESSID_CLI} names, else the copy in the jar, else the one on the PATH. It ends with
 * {@link #close}, and with this process in any case. Thread-safe. For the JVM, not for Android devices.
 */
public final class SimulatedOrg implements AutoCloseable {
    private static final String COMMAND = "headlessid";
    private static final int CLOSE_SECONDS = 5;
    private static final int CONTROL_TIMEOUT_MILLIS = 10_000;

    private final String command;
    private final Process process;
    private final Path extracted;
    private final String site;
    private final String origin;
    private final String control;
    private final String caFile;
    private final List<App> apps;
    private final List<User> users;

    /** One of the org's client apps. */
    public static final class App {
        private final Map<?, ?> fields;

        private App(Map<?, ?> fields) {
            this.fields = fields;
        }

        public @NotNull String getClientId() {
            return (String) fields.get("client_id");
        }

        /** Null for a public app. */
        public @Nullable String getClientSecret() {
            return present(fields, "client_secret");
        }

        public @NotNull String getRedirectUri() {
            return (String) fields.get("redirect_uri");
        }

        public boolean isPublic() {
            return Boolean.TRUE.equals(fields.get("public"));
        }

        /** The key of a first-party or JWT bearer app, PEM; null if the org does not hold it. */
        public @Nullable String getPrivateKey() {
            return present(fields, "private_key");
        }

        public @NotNull List<String> getScopes() {
            List<String> scopes = new ArrayList<>();
            for (Object scope : (List<?>) fields.get("scopes")) {
                scopes.add((String) scope);
            }
            return Collections.unmodifiableList(scopes);
        }

        /** Whether it is for OAuth 2.0 for First-Party Applications. */
        public boolean isFirstParty() {
            return Boolean.TRUE.equals(fields.get("first_party"));
        }

        /** Whether its tokens are those of an integration user. */
        public boolean isIntegration() {
            return Boolean.TRUE.equals(fields.get("integration"));
        }

        @Override
        public String toString() {
            return "App{" + getClientId() + ", " + (isPublic() ? "public" : "private") + "}";
        }
    }

    /** One of the people who can sign in there. */
    public static final class User {
        private final Map<?, ?> fields;

        private User(Map<?, ?> fields) {
            this.fields = fields;
        }

        public @NotNull String getUsername() {
            return (String) fields.get("username");
        }

        public @NotNull String getPassword() {
            return (String) fields.get("password");
        }

        @Override
        public String toString() {
            return "User{" + getUsername() + "}";
        }
    }

    /** A message with a one-time code to a person. */
    public static final class Message {
        private final Map<?, ?> fields;

        private Message(Map<?, ?> fields) {
            this.fields = fields;
        }

        /** An email address or a phone number. */
        public @NotNull String getTo() {
            return (String) fields.get("to");
        }

        /** {@code email} or {@code sms}. */
        public @NotNull String getChannel() {
            return (String) fields.get("channel");
        }

        /** {@code registration}, {@code passwordless_login}, {@code password_reset}, {@code first_party_...}. */
        public @NotNull String getFlow() {
            return (String) fields.get("flow");
        }

        public @NotNull String getUsername() {
            return (String) fields.get("username");
        }

        public @NotNull String getOtp() {
            return (String) fields.get("otp");
        }

        /** The email template; empty for a text message. */
        public @NotNull String getTemplate() {
            return (String) fields.get("template");
        }

        public long getSentMillis() {
            return ((Number) fields.get("sent_ms")).longValue();
        }

        @Override
        public String toString() {
            return "Message{" + getFlow() + " to " + getTo() + "}";
        }
    }

    /** Over TLS, with a certificate of its own: {@link #getCaFile()}. */
    public static @NotNull SimulatedOrg start() {
        return builder().start();
    }

    /** Starts with TLS, a free port and the org's own apps, users and settings. */
    public static @NotNull Builder builder() {
        return new Builder();
    }

    /** Describes an org. Not for use by several threads at once. */
    public static final class Builder {
        private boolean tls = true;
        private int port;
        private Map<String, ?> options;

        private Builder() {}

        /** Whether it speaks https; without it, plain HTTP on the loopback interface. Default true. */
        public @NotNull Builder tls(boolean on) {
            tls = on;
            return this;
        }

        /** Default 0: a free one. */
        public @NotNull Builder port(int number) {
            port = number;
            return this;
        }

        /** Changes before the start: {@code settings}, {@code apps}, {@code users}, with members as in docs/simulator.md. */
        public @NotNull Builder options(@NotNull Map<String, ?> changes) {
            options = changes;
            return this;
        }

        /** @throws UncheckedIOException if the command cannot be found or reports why it does not start */
        public @NotNull SimulatedOrg start() {
            SimulatedOrg org;
            try {
                org = new SimulatedOrg(Arrays.asList(tls ? "--tls" : "--no-tls", "--port", Integer.toString(port)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            try {
                if (options != null) {
                    org.change(options);
                }
                return org;
            } catch (RuntimeException e) {
                org.close();
                throw e;
            }
        }
    }

    private SimulatedOrg(List<String> options) throws IOException {
        String configured = System.getenv("HEADLESSID_CLI");
        boolean named = configured != null && !configured.isEmpty();
        extracted = named || !PackagedFile.exists(SimulatedOrg.class, COMMAND) ? null : extract();
        List<String> line = new ArrayList<>();
        command = named ? configured : extracted == null ? COMMAND : extracted.toString();
        line.add(command);
        line.add("sim");
        line.add("--until-eof");
        line.addAll(options);
        try {
            process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            PackagedFile.delete(extracted);
            throw extracted == null ? e : unusable(e);
        }
        try {
            Map<?, ?> said = firstLine();
            site = (String) said.get("site");
            origin = (String) said.get("origin");
            control = (String) said.get("control");
            caFile = present(said, "ca_file");
            List<App> readApps = new ArrayList<>();
            for (Object app : (List<?>) said.get("apps")) {
                readApps.add(new App((Map<?, ?>) app));
            }
            apps = Collections.unmodifiableList(readApps);
            List<User> readUsers = new ArrayList<>();
            for (Object user : (List<?>) said.get("users")) {
                readUsers.add(new User((Map<?, ?>) user));
            }
            users = Collections.unmodifiableList(readUsers);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Path extract() throws IOException {
        try {
            return PackagedFile.extract(SimulatedOrg.class, COMMAND);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private static IOException unusable(IOException e) {
        return new IOException("the command headlessid in the jar cannot be started: " + e.getClass().getSimpleName() + ": " + e.getMessage() + ". "
                + PackagedFile.aboutExtracting() + ", or the environment variable HEADLESSID_CLI to a command that is unpacked already", e);
    }

    /** The org writes "" for an absent value. */
    private static String present(Map<?, ?> fields, String name) {
        String text = (String) fields.get(name);
        return text == null || text.isEmpty() ? null : text;
    }

    private Map<?, ?> firstLine() throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = reader.readLine();
        if (line == null) {
            throw new IOException("the command " + command + " ended before an org listened: is it headlessid? (HEADLESSID_CLI names it)");
        }
        try {
            return (Map<?, ?>) JsonTree.read(line);
        } catch (RuntimeException e) {
            throw new IOException("the command " + command + " does not write what headlessid sim writes (HEADLESSID_CLI names it)", e);
        }
    }

    /** Address of the site, with its path prefix. */
    public @NotNull String getSite() {
        return site;
    }

    /** Address of the org itself: the site's, without its path. */
    public @NotNull String getOrigin() {
        return origin;
    }

    /** The file with the certificate to trust; null without TLS. */
    public @Nullable String getCaFile() {
        return caFile;
    }

    /** Every app: public, private, for integration users, first-party. */
    public @NotNull List<App> getApps() {
        return apps;
    }

    /** A public app. */
    public @NotNull App getPublicApp() {
        return app("public", App::isPublic);
    }

    /** A private app, with a secret. */
    public @NotNull App getPrivateApp() {
        return app("private", app -> !app.isPublic());
    }

    /** The app whose tokens belong to an integration user, for sites that require one for registration, for example. */
    public @NotNull App getIntegrationApp() {
        return app("integration", App::isIntegration);
    }

    /** The first-party app; it signs with its private key. */
    public @NotNull App getFirstPartyApp() {
        return app("first-party", App::isFirstParty);
    }

    private App app(String kind, Predicate<App> fits) {
        for (App app : apps) {
            if (fits.test(app)) {
                return app;
            }
        }
        throw new IllegalStateException("this org has no " + kind + " app");
    }

    /** Every user. */
    public @NotNull List<User> getUsers() {
        return users;
    }

    /** A user who can sign in. */
    public @NotNull User getUser() {
        return users.get(0);
    }

    /** A client of the public app, ready to build. */
    public @NotNull Client.Builder clientBuilder() {
        return clientBuilder(getPublicApp());
    }

    /** A client of that app, ready to build; TLS and loopback settings included. */
    public @NotNull Client.Builder clientBuilder(@NotNull App app) {
        Client.Builder builder = Client.builder().site(site).clientId(app.getClientId()).redirectUri(app.getRedirectUri())
                .clientSecret(app.getClientSecret());
        if (app.isFirstParty()) {
            builder.privateKey(app.getPrivateKey());
        }
        return caFile == null ? builder.allowHttpLoopback(true) : builder.caFile(caFile);
    }

    /** Lets the app's own HTTP stack trust this org. */
    public @NotNull SSLSocketFactory getSocketFactory() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust().getTrustManagers(), new SecureRandom());
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same for stacks such as OkHttp that need the trust manager, too. */
    public @NotNull X509TrustManager getTrustManager() {
        return (X509TrustManager) trust().getTrustManagers()[0];
    }

    private TrustManagerFactory trust() {
        if (caFile == null) {
            throw new IllegalStateException("this org was started without TLS");
        }
        try (InputStream in = Files.newInputStream(Paths.get(caFile))) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + number++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The current settings, apps and users, as JSON. */
    public @NotNull String getState() {
        return call("GET", "state", null);
    }

    /** How often the org has seen each request, as JSON. */
    public @NotNull String getSeen() {
        return call("GET", "seen", null);
    }

    /** Changes settings, apps and users: {@code settings} by name, {@code apps} by client_id, {@code users} by username. */
    public void change(@NotNull Map<String, ?> changes) {
        change(JsonText.write(changes).toString());
    }

    /** The same as JSON text. */
    public void change(@NotNull String json) {
        call("POST", "settings", json);
    }

    /** Changes settings by name: {@code changeSettings(Collections.singletonMap("max_otp_attempts", 1))}. */
    public void changeSettings(@NotNull Map<String, ?> settings) {
        change(Collections.singletonMap("settings", settings));
    }

    /** The same as JSON text. */
    public void changeSettings(@NotNull String json) {
        change("{\"settings\":" + json + "}");
    }

    /** Every message with a one-time code, oldest first. */
    public @NotNull List<Message> getOutbox() {
        return messages("outbox");
    }

    /** Those to an email address, a phone number or a username. */
    public @NotNull List<Message> getOutbox(@NotNull String toOrUsername) {
        try {
            return messages("outbox?to=" + URLEncoder.encode(toOrUsername, "UTF-8"));
        } catch (UnsupportedEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The one-time code in the last message to an address or a user. Does not wait for one.
     *
     * @throws NoSuchElementException if there is none
     */
    public @NotNull String lastOtp(@NotNull String toOrUsername) {
        List<Message> messages = getOutbox(toOrUsername);
        if (messages.isEmpty()) {
            throw new NoSuchElementException("no message to " + toOrUsername);
        }
        return messages.get(messages.size() - 1).getOtp();
    }

    private List<Message> messages(String what) {
        List<Message> messages = new ArrayList<>();
        for (Object message : (List<?>) ((Map<?, ?>) JsonTree.read(call("GET", what, null))).get("messages")) {
            messages.add(new Message((Map<?, ?>) message));
        }
        return Collections.unmodifiableList(messages);
    }

    /** What a person does at the page of a device flow: enters the code, signs in as the first user and allows access. */
    public void approveDevice(@NotNull String userCode) {
        approveDevice(userCode, getUser().getUsername());
    }

    /** The same as another user. */
    public void approveDevice(@NotNull String userCode, @NotNull String username) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("user_code", userCode);
        body.put("username", username);
        call("POST", "device", JsonText.write(body).toString());
    }

    /** The same, but the person denies access. */
    public void denyDevice(@NotNull String userCode) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("user_code", userCode);
        body.put("approve", false);
        call("POST", "device", JsonText.write(body).toString());
    }

    /** Moves the org's clock forward: tokens and codes age. */
    public void advance(long seconds) {
        advance(Duration.ofSeconds(seconds));
    }

    /** The same. */
    public void advance(@NotNull Duration by) {
        call("POST", "time", "{\"advance_ms\":" + by.toMillis() + "}");
    }

    /** Plans a fault: {@code endpoint} "token", {@code status} 503, {@code times} 1; or with a body, a delay_ms, a drop. */
    public void fail(@NotNull Map<String, ?> fault) {
        fail(JsonText.write(fault).toString());
    }

    /** The same as JSON text. */
    public void fail(@NotNull String json) {
        call("POST", "fail", json);
    }

    /** Restores the state at the start. */
    public void reset() {
        call("POST", "reset", "{}");
    }

    private String call(String method, String what, String body) {
        try {
            HttpURLConnection connection = (HttpURLConnection) new URL(control + "/" + what).openConnection();
            if (connection instanceof HttpsURLConnection) {
                ((HttpsURLConnection) connection).setSSLSocketFactory(getSocketFactory());
            }
            connection.setConnectTimeout(CONTROL_TIMEOUT_MILLIS);
            connection.setReadTimeout(CONTROL_TIMEOUT_MILLIS);
            connection.setRequestMethod(method);
            if (body != null) {
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", "application/json");
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(body.getBytes(StandardCharsets.UTF_8));
                }
            }
            int status = connection.getResponseCode();
            try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                String response = in == null ? "" : new String(readAll(in), StandardCharsets.UTF_8);
                if (status != 200) {
                    throw new IllegalArgumentException("the simulated org refuses " + what + ": " + response);
                }
                return response;
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] readAll(InputStream in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
        }
        return out.toByteArray();
    }

    /** Ends the child process and waits for it. Safe to call twice. */
    @Override
    public void close() {
        boolean interrupted = false;
        try {
            // The command ends with its standard input.
            process.getOutputStream().close();
        } catch (IOException e) {
            process.destroy();
        }
        try {
            if (!process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            interrupted = true;
        }
        try {
            process.getInputStream().close();
        } catch (IOException e) {
            // The process has ended: there is nothing to read or to lose.
        }
        PackagedFile.delete(extracted);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "SimulatedOrg{" + site + "}";
    }
}
