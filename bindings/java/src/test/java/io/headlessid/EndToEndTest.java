package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.okhttp.OkHttpTransport;
import io.headlessid.testing.SimulatedOrg;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole story against a simulated org over TLS: waiting and not, public and private, on each transport. */
class EndToEndTest {
    private static SimulatedOrg org;
    private static OkHttpClient okHttp;

    @BeforeAll
    static void startOrg() {
        org = SimulatedOrg.start();
        okHttp = new OkHttpClient.Builder().sslSocketFactory(org.getSocketFactory(), org.getTrustManager()).build();
    }

    @AfterAll
    static void stopOrg() {
        okHttp.dispatcher().executorService().shutdown();
        okHttp.connectionPool().evictAll();
        org.close();
    }

    @AfterEach
    void reset() {
        org.reset();
        assertTrue(Fixtures.ourThreads().stream().noneMatch(name -> name.startsWith("headlessid-dispatcher")), "a thread is left");
    }

    /** The HTTP stacks. */
    enum Stack {
        NATIVE,
        URL_CONNECTION,
        OK_HTTP;

        Client.Builder on(Client.Builder builder) {
            switch (this) {
                case URL_CONNECTION:
                    return builder.transport(new HttpUrlConnectionTransport(org.getSocketFactory()));
                case OK_HTTP:
                    return builder.transport(new OkHttpTransport(okHttp));
                default:
                    return builder;
            }
        }
    }

    private static final class Case {
        final Stack stack;
        final boolean privateApp;
        final boolean async;

        Case(Stack stack, boolean privateApp, boolean async) {
            this.stack = stack;
            this.privateApp = privateApp;
            this.async = async;
        }

        Client client() {
            return stack.on(org.clientBuilder(privateApp ? org.getPrivateApp() : org.getPublicApp())).build();
        }

        @Override
        public String toString() {
            return stack + (privateApp ? ", private" : ", public") + (async ? ", async" : ", sync");
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Stack stack : Stack.values()) {
            for (boolean privateApp : new boolean[] {false, true}) {
                cases.add(new Case(stack, privateApp, false));
                cases.add(new Case(stack, privateApp, true));
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_guest_becomes_a_signed_in_customer(Case one) throws Exception {
        try (Client client = one.client()) {
            if (one.async) {
                asyncStory(client);
            } else {
                story(client);
            }
        }
    }

    private static void story(Client client) {
        Guest guest = client.guest();
        assertNotNull(guest.getUvid());
        assertNotNull(guest.getAccessToken());
        char[] password = org.getUser().getPassword().toCharArray();
        TokenSet me = client.login(LoginRequest.builder().username(org.getUser().getUsername()).password(password).guest(guest).build());
        Arrays.fill(password, '\0');
        checkCarried(guest, me);
        UserInfo info = client.userinfo(request -> request.accessToken(me.getAccessToken()));
        assertEquals(org.getUser().getUsername(), info.getPreferredUsername());
        client.revoke(request -> request.token(me.getAccessToken()));
        HeadlessIdException over = assertThrows(HeadlessIdException.class, () -> client.userinfo(request -> request.accessToken(me.getAccessToken())));
        assertTrue(over.isSignInRequired(), over::toString);
    }

    private static void asyncStory(Client client) throws Exception {
        byte[] password = org.getUser().getPassword().getBytes(StandardCharsets.UTF_8);
        AtomicReference<Guest> visitor = new AtomicReference<>();
        TokenSet me = client.guestAsync().thenCompose(guest -> {
            visitor.set(guest);
            CompletableFuture<TokenSet> login = client.loginAsync(request ->
                    request.username(org.getUser().getUsername()).password(password).guest(guest));
            // The flow has read it.
            Arrays.fill(password, (byte) 0);
            return login;
        }).get(20, TimeUnit.SECONDS);
        checkCarried(visitor.get(), me);
        UserInfo info = client.userinfoAsync(request -> request.accessToken(me.getAccessToken())).get(20, TimeUnit.SECONDS);
        assertEquals(org.getUser().getUsername(), info.getPreferredUsername());
        client.revokeAsync(request -> request.token(me.getAccessToken())).get(20, TimeUnit.SECONDS);
    }

    private static void checkCarried(Guest guest, TokenSet me) {
        assertEquals(guest.getUvid(), me.getUvid());
        assertEquals("carried", me.getUvidCarry());
        assertNotEquals(guest.getAccessToken(), me.getAccessToken());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_wrong_password_is_said_in_the_same_words_everywhere(Case one) throws Exception {
        try (Client client = one.client()) {
            LoginRequest request = LoginRequest.builder().username(org.getUser().getUsername()).password("wrongMARKpassword").build();
            HeadlessIdException error;
            if (one.async) {
                ExecutionException thrown = assertThrows(ExecutionException.class, () -> client.loginAsync(request).get(20, TimeUnit.SECONDS));
                error = assertInstanceOf(HeadlessIdException.class, thrown.getCause());
            } else {
                error = assertThrows(HeadlessIdException.class, () -> client.login(request));
            }
            assertTrue(error.isInvalidCredentials(), error::toString);
            assertEquals(ErrorKind.REFUSED, error.getKind());
            assertEquals(Advice.ASK_AGAIN, error.getAdvice());
            assertEquals("invalid_grant", error.getServerCode());
            assertEquals(400, error.getHttpStatus());
            // A second try with the same client works.
            assertNotNull(client.login(r -> r.username(org.getUser().getUsername()).password(org.getUser().getPassword())).getAccessToken());
        }
    }

    @Test
    void every_user_of_the_org_signs_in_with_his_own_kind_of_password() {
        try (Client client = org.clientBuilder().build()) {
            for (SimulatedOrg.User user : org.getUsers().subList(0, 3)) {
                assertNotNull(client.login(request -> request.username(user.getUsername()).password(user.getPassword())).getAccessToken());
            }
        }
    }

    @Test
    void a_setting_of_the_org_that_is_off_is_named() {
        org.change("{\"apps\":[{\"client_id\":\"" + org.getPublicApp().getClientId() + "\",\"is_guest_code_cred_flow_enabled\":false}]}");
        try (Client client = org.clientBuilder().build()) {
            HeadlessIdException error = assertThrows(HeadlessIdException.class, client::guest);
            assertTrue(error.isOrgFault(), error::toString);
            assertNotNull(error.getHint());
        }
    }

    @Test
    void a_wrong_argument_comes_by_the_future_too() throws Exception {
        try (Client client = org.clientBuilder().build()) {
            CompletableFuture<Guest> future = client.guestAsync(request -> request.uvid("not-a-uuid"));
            HeadlessIdException error = assertInstanceOf(HeadlessIdException.class, assertThrows(ExecutionException.class, future::get).getCause());
            assertEquals("uvid", error.getField());
            HeadlessIdException missing = assertThrows(HeadlessIdException.class, () -> client.login(request -> request.username("a@b.c")));
            assertEquals(ErrorKind.ARGUMENT, missing.getKind());
            assertEquals("password", missing.getField());
        }
    }

    @Test
    void callbacks_run_on_the_callers_executor() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor(work -> new Thread(work, "the-apps-own"));
        try (Client client = org.clientBuilder().executor(executor).build()) {
            assertEquals("the-apps-own", client.guestAsync().thenApply(guest -> Thread.currentThread().getName()).get(20, TimeUnit.SECONDS));
        } finally {
            executor.shutdown();
        }
    }

    @Test
    void an_executor_that_was_shut_down_leaves_nobody_waiting() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.shutdown();
        try (Client client = org.clientBuilder().executor(executor).build()) {
            assertNotNull(client.guestAsync().get(20, TimeUnit.SECONDS).getUvid());
        }
    }

    @Test
    void a_trace_tells_what_went_over_the_wire_without_a_secret() {
        StringBuilder trace = new StringBuilder();
        try (Client client = org.clientBuilder().build()) {
            TokenSet me = client.login(request -> request.username(org.getUser().getUsername()).password(org.getUser().getPassword())
                    .trace(trace::append));
            assertTrue(trace.toString().contains("/services/oauth2/authorize"), trace.toString());
            assertTrue(!trace.toString().contains(me.getAccessToken()) && !trace.toString().contains("P4ss"), trace.toString());
        }
    }

    @Test
    void a_flow_of_its_own_runs_on_the_client() throws Exception {
        try (Client client = org.clientBuilder().build(); Flow flow = client.getApp().newFlow("guest"); Flow other = client.getApp().newFlow("guest")) {
            assertInstanceOf(Step.Done.class, client.run(flow));
            assertInstanceOf(Step.Done.class, client.runAsync(other).get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void s07_the_given_ca_is_the_only_one_that_counts() {
        // Without our certificate the system's apply, which do not include the simulated org's.
        try (Client client = org.clientBuilder().caFile(null).build()) {
            HeadlessIdException error = assertThrows(HeadlessIdException.class, client::guest);
            assertEquals(ErrorKind.TRANSPORT, error.getKind(), error::toString);
        }
        // With another org's certificate, of the same kind, ours is not trusted any more.
        try (SimulatedOrg stranger = SimulatedOrg.start(); Client client = org.clientBuilder().caFile(stranger.getCaFile()).build()) {
            HeadlessIdException error = assertThrows(HeadlessIdException.class, client::guest);
            assertEquals(ErrorKind.TRANSPORT, error.getKind(), error::toString);
        }
    }

    @Test
    void plain_http_on_the_loopback_is_for_tests_only() {
        try (SimulatedOrg plain = SimulatedOrg.builder().tls(false).start()) {
            assertTrue(plain.getSite().startsWith("http://"), plain.getSite());
            try (Client client = plain.clientBuilder().build()) {
                assertNotNull(client.guest().getUvid());
            }
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> plain.clientBuilder().allowHttpLoopback(false).build());
            assertEquals("site", error.getField());
        }
    }

    @Test
    void a_logout_ends_the_session_and_its_refresh_token() {
        try (Client client = org.clientBuilder().tokenEndpointAuthMethod(TokenEndpointAuthMethod.NONE).scope("openid api refresh_token").build()) {
            TokenSet me = client.login(r -> r.username(org.getUser().getUsername()).password(org.getUser().getPassword()));
            client.logout(me);
            assertTrue(assertThrows(HeadlessIdException.class, () -> client.refresh(r -> r.refreshToken(me.getRefreshToken()))).isSignInRequired());
            // A restored session logs out as well; a second logout does not fail.
            client.logoutAsync(TokenSet.fromJson(me.toJson())).join();
        }
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.EnumSource(Stack.class)
    void a_device_waits_until_a_person_has_approved(Stack stack) throws Exception {
        org.changeSettings(java.util.Map.of("device_interval_s", 1));
        try (Client client = stack.on(org.clientBuilder().site(org.getOrigin())).build()) {
            Challenge<TokenSet> challenge = client.device(request -> request.scope("api refresh_token"));
            assertEquals(org.getOrigin() + "/setup/connect", challenge.getVerificationUri());
            assertEquals(challenge.getVerificationUri() + "?user_code=" + challenge.getCode(), challenge.getUrl());
            assertEquals(null, challenge.getAsks());
            assertEquals("wrong_step", assertThrows(HeadlessIdException.class, () -> challenge.verify("a value")).getReason());
            CompletableFuture<TokenSet> waiting = challenge.verifyAsync();
            org.approveDevice(challenge.getCode());
            assertNotNull(waiting.get(30, TimeUnit.SECONDS).getRefreshToken());

            Challenge<TokenSet> denied = client.device();
            org.denyDevice(denied.getCode());
            assertEquals("access_denied", assertThrows(HeadlessIdException.class, denied::verify).getReason());

            Challenge<TokenSet> cancelled = client.device();
            CompletableFuture<TokenSet> given_up = cancelled.verifyAsync();
            assertTrue(given_up.cancel(true));
            cancelled.close();
        }
    }

    @Test
    void an_app_registers_and_its_parent_introspects_its_tokens() {
        SimulatedOrg.App parent = org.getPrivateApp();
        org.change(java.util.Map.of("apps", List.of(java.util.Map.of("client_id", parent.getClientId(), "initial_access_token", "IAT"))));
        try (Client client = org.clientBuilder(parent).build()) {
            String callback = "https://gw.example.com/cb";
            HeadlessIdException missing = assertThrows(HeadlessIdException.class,
                    () -> client.registerClient(request -> request.redirectUris(callback)));
            assertTrue(missing.getHint().contains("App Manager"));
            ClientRegistration made = client.registerClient(request -> request.initialAccessToken("IAT").redirectUris(callback));
            String token;
            try (Client gateway = org.clientBuilder(parent).clientId(made.getClientId()).clientSecret(made.getClientSecret())
                    .redirectUri(callback).build()) {
                SimulatedOrg.User user = org.getUser();
                token = gateway.login(request -> request.username(user.getUsername()).password(user.getPassword())).getAccessToken();
            }
            Introspection found = client.introspect(request -> request.token(token));
            assertTrue(found.getActive());
            assertEquals(made.getClientId(), found.getClientId());
        }
    }
}
