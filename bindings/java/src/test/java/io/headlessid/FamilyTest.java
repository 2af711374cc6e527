package io.headlessid;

import static io.headlessid.Fixtures.assertKind;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every flow that asks a person, against a simulated org over TLS, in every way that a program can run it. */
class FamilyTest {
    private static final String USERNAME = "lena.ortiz@example.com";

    private static SimulatedOrg org;
    private static OkHttpClient okHttp;

    @BeforeAll
    static void startOrg() {
        org = SimulatedOrg.start();
        okHttp = new OkHttpClient.Builder().sslSocketFactory(org.getSocketFactory(), org.getTrustManager())
                .followRedirects(false).build();
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
    }

    private static Client client(Ways way) {
        return way.on(org.clientBuilder(), org, okHttp).build();
    }

    private static Client firstPartyClient(Ways way, Signer signer) {
        Client.Builder builder = org.clientBuilder(org.getFirstPartyApp()).signedBy("host");
        return way.on(signer == null ? builder : builder.signer(signer), org, okHttp).build();
    }

    private static RegistrationRequest newcomer(String name, GuestIdentity guest) {
        char[] password = "Newcomer-Pass-1".toCharArray();
        return RegistrationRequest.builder().userdata(Map.of("firstName", "Nora", "lastName", "Nguyen \"N\"", "email", name, "username", name))
                .customdata(Map.of("mobilePhone", "+14155550199")).password(password).verificationMethod("email").guest(guest).build();
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void f05_registration_carries_the_visitor_and_asks_again_after_a_wrong_otp(Ways way) {
        String name = "nora." + way.name().toLowerCase(java.util.Locale.ROOT) + "@example.com";
        try (Client client = client(way)) {
            Guest guest = way.call(client, GuestRequest.builder().build());
            try (Challenge<TokenSet> challenge = way.start(client, newcomer(name, guest))) {
                assertEquals("registration", challenge.getFlow());
                assertEquals("otp", challenge.getAsks());
                assertNull(challenge.getProblem());
                assertNull(challenge.getResult());
                HeadlessIdException wrong = assertKind(ErrorKind.REFUSED, "invalid_otp", () -> way.verify(challenge, "000000"));
                assertTrue(wrong.isOtpInvalid());
                assertEquals(Advice.ASK_AGAIN, wrong.getAdvice());
                assertEquals("otp", challenge.getAsks());
                assertTrue(challenge.getProblem().isOtpInvalid());
                String first = org.lastOtp(name);
                way.resend(challenge, values -> {});
                assertEquals(2, org.getOutbox(name).size());
                assertNotEquals(first, org.lastOtp(name));
                assertNull(challenge.getProblem());
                TokenSet me = way.verify(challenge, org.lastOtp(name));
                assertEquals(guest.getUvid(), me.getUvid());
                assertEquals("carried", me.getUvidCarry());
                assertNull(challenge.getAsks());
                assertEquals(me.getAccessToken(), challenge.getResult().getAccessToken());
                // The end is final.
                assertKind(ErrorKind.STATE, "wrong_step", () -> way.verify(challenge, "anything"));
                assertKind(ErrorKind.STATE, "wrong_step", () -> way.resend(challenge, values -> {}));
                assertEquals(me.getAccessToken(), challenge.getResult().getAccessToken());
            }
            // The user exists, with the given password.
            assertNotNull(way.call(client, LoginRequest.builder().username(name).password("Newcomer-Pass-1").build()).getAccessToken());
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void passwordless_by_email_and_by_text_message_carries_the_visitor(Ways way) {
        try (Client client = client(way)) {
            for (String method : List.of("email", "sms")) {
                Visitor visitor = way.call(client, GuestRequest.builder().build()).getVisitor();
                Challenge<TokenSet> challenge = way.start(client,
                        PasswordlessLoginRequest.builder().username(USERNAME).verificationMethod(method).guest(visitor).build());
                List<SimulatedOrg.Message> sent = org.getOutbox(USERNAME);
                assertEquals(method, sent.get(sent.size() - 1).getChannel());
                TokenSet me = way.verify(challenge, " " + org.lastOtp(USERNAME) + " ");
                assertEquals(visitor.getUvid(), me.getUvid());
                assertEquals("carried", me.getUvidCarry());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void f16_a_reset_takes_a_wrong_otp_a_weak_password_and_then_the_right_ones(Ways way) {
        try (Client client = client(way)) {
            Challenge<PasswordReset> challenge = way.start(client, PasswordResetRequest.builder().username(USERNAME).build());
            String otp = org.lastOtp(USERNAME);
            assertTrue(assertThrows(HeadlessIdException.class, () -> way.verify(challenge, a -> a.otp("nonsense").newPassword("Fresh-Pass-1")))
                    .isOtpInvalid());
            assertEquals("otp", challenge.getAsks());
            HeadlessIdException weak = assertThrows(HeadlessIdException.class, () -> way.verify(challenge, a -> a.otp(otp).newPassword("weak")));
            assertTrue(weak.isPasswordPolicy(), weak::toString);
            assertNotNull(weak.getServerText());
            // The one-time password was right, and is not asked for again.
            assertEquals("new_password", challenge.getAsks());
            char[] password = "Fresh-Pass-1".toCharArray();
            assertNotNull(way.verify(challenge, a -> a.newPassword(password)));
            Arrays.fill(password, '\0');
            assertNotNull(way.call(client, LoginRequest.builder().username(USERNAME).password("Fresh-Pass-1").build()).getAccessToken());
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void a_value_that_was_not_given_is_named(Ways way) {
        try (Client client = client(way)) {
            Challenge<PasswordReset> challenge = way.start(client, PasswordResetRequest.builder().username(USERNAME).build());
            HeadlessIdException first = assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> way.verify(challenge, a -> a.newPassword("Fresh-Pass-1")));
            assertEquals("otp", first.getField());
            assertEquals("otp", challenge.getAsks());
            HeadlessIdException second = assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> way.verify(challenge, org.lastOtp(USERNAME)));
            assertEquals("newPassword", second.getField());
            assertEquals("new_password", challenge.getAsks());
            assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> way.verify(challenge, a -> a.newPassword("Fresh-Pass-1").callbackUrl("https://x.example")));
            assertNotNull(way.verify(challenge, a -> a.newPassword("Fresh-Pass-1")));
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void f08_attempts_that_are_used_up_end_the_challenge(Ways way) {
        org.changeSettings("{\"max_password_reset_attempts\":1}");
        try (Client client = client(way)) {
            Challenge<PasswordReset> challenge = way.start(client, PasswordResetRequest.builder().username(USERNAME).build());
            assertTrue(assertThrows(HeadlessIdException.class, () -> way.verify(challenge, a -> a.otp("nonsense").newPassword("Fresh-Pass-1")))
                    .isOtpInvalid());
            HeadlessIdException over = assertThrows(HeadlessIdException.class,
                    () -> way.verify(challenge, a -> a.otp(org.lastOtp(USERNAME)).newPassword("Fresh-Pass-1")));
            assertTrue(over.isOtpExpired(), over::toString);
            assertEquals(Advice.RESTART, over.getAdvice());
            assertNull(challenge.getAsks());
            // The end is final.
            assertKind(ErrorKind.STATE, "wrong_step", () -> way.verify(challenge, "1"));
            assertTrue(challenge.getProblem().isOtpExpired());
            assertKind(ErrorKind.STATE, "wrong_step", challenge::seal);
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void f01_a_login_that_asks_takes_the_password_until_it_is_right(Ways way) {
        try (Client client = client(way)) {
            Guest guest = way.call(client, GuestRequest.builder().build());
            Challenge<TokenSet> challenge = way.start(client, LoginRequest.builder().username(USERNAME).guest(guest).build());
            assertEquals("password", challenge.getAsks());
            HeadlessIdException wrong = assertKind(ErrorKind.REFUSED, "invalid_credentials", () -> way.verify(challenge, "wrong"));
            assertTrue(wrong.isInvalidCredentials());
            assertEquals("password", challenge.getAsks());
            TokenSet me = way.verify(challenge, org.getUser().getPassword());
            assertEquals(guest.getUvid(), me.getUvid());
            assertEquals("carried", me.getUvidCarry());
        }
    }

    @Test
    void passwords_come_as_characters_and_bytes_too() {
        try (Client client = client(Ways.NATIVE)) {
            assertNotNull(client.startLogin(r -> r.username(USERNAME)).verify(org.getUser().getPassword().toCharArray()).getAccessToken());
            byte[] bytes = org.getUser().getPassword().getBytes(StandardCharsets.UTF_8);
            assertNotNull(client.startLogin(r -> r.username(USERNAME)).verify(bytes).getAccessToken());
            // Without waiting: the array is the caller's again as soon as there is a future.
            var future = client.startLogin(r -> r.username(USERNAME)).verifyAsync(bytes);
            Arrays.fill(bytes, (byte) 0);
            assertNotNull(Ways.got(future).getAccessToken());
            assertNotNull(client.startLogin(r -> r.username(USERNAME)).verify(Map.of("password", org.getUser().getPassword())).getAccessToken());
        }
    }

    @Test
    void a_call_in_one_piece_sends_nothing_where_a_person_has_to_be_asked() {
        try (Client client = client(Ways.NATIVE)) {
            HeadlessIdException otp = assertKind(ErrorKind.ARGUMENT, "bad_argument",
                    () -> client.call(PasswordlessLoginRequest.builder().username(USERNAME).verificationMethod("email").build()));
            assertEquals("otp", otp.getField());
            assertTrue(org.getOutbox().isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void f14_a_used_recaptcha_token_has_to_be_new_for_another_message(Ways way) {
        org.changeSettings("{\"is_recaptcha_required_pwdless_login\":true}");
        try (Client client = client(way)) {
            PasswordlessLoginRequest.Builder builder = PasswordlessLoginRequest.builder().username(USERNAME).verificationMethod("email");
            assertTrue(assertThrows(HeadlessIdException.class, () -> way.start(client, builder.build())).isRecaptchaProblem());
            Challenge<TokenSet> challenge = way.start(client, builder.recaptcha("first-token-" + way).build());
            HeadlessIdException spent = assertKind(ErrorKind.STATE, "single_use_spent", () -> way.resend(challenge, values -> {}));
            assertTrue(spent.isRecaptchaProblem());
            assertEquals("otp", challenge.getAsks());
            way.resend(challenge, values -> values.recaptcha("second-token-" + way));
            assertEquals(2, org.getOutbox(USERNAME).size());
            assertNotNull(way.verify(challenge, org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    // ---- attestation signed by the host, single sign-on, a Bearer

    private static Signer signer() throws Exception {
        String pem = org.getFirstPartyApp().getPrivateKey().replaceAll("-----[A-Z ]+-----|\\s", "");
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        return (algorithm, input) -> {
            assertEquals("RS256", algorithm);
            assertTrue(Thread.currentThread().getName().indexOf("headlessid-") != 0, "signs in a thread of the I/O");
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(input);
            return signature.sign();
        };
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void first_party_flows_are_proved_by_the_hosts_signer(Ways way) throws Exception {
        try (Client client = firstPartyClient(way, signer())) {
            assertNotNull(way.call(client, FirstPartyLoginRequest.builder().username(USERNAME).password(org.getUser().getPassword()).build())
                    .getAccessToken());
            Challenge<TokenSet> login = way.start(client, FirstPartyLoginRequest.builder().username(USERNAME).build());
            assertTrue(assertThrows(HeadlessIdException.class, () -> way.verify(login, "wrong")).isInvalidCredentials());
            assertNotNull(way.verify(login, org.getUser().getPassword()).getAccessToken());
            Challenge<TokenSet> otp = way.start(client,
                    FirstPartyPasswordlessRequest.builder().username(USERNAME).verificationMethod("email").build());
            assertNotNull(way.verify(otp, org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void a_signer_that_fails_ends_the_flow_and_is_the_cause(Ways way) {
        IllegalStateException gone = new IllegalStateException("the key is gone");
        FirstPartyLoginRequest request = FirstPartyLoginRequest.builder().username(USERNAME).password("x").build();
        try (Client client = firstPartyClient(way, (algorithm, input) -> {
            throw gone;
        })) {
            assertEquals(gone, assertKind(ErrorKind.STATE, "signing_failed", () -> way.call(client, request)).getCause());
            Challenge<TokenSet> challenge = way.start(client, FirstPartyLoginRequest.builder().username(USERNAME).build());
            assertEquals(gone, assertKind(ErrorKind.STATE, "signing_failed", () -> way.verify(challenge, "x")).getCause());
            assertNull(challenge.getAsks());
            assertEquals(0, client.getInFlight());
        }
        try (Client client = firstPartyClient(way, null)) {
            assertKind(ErrorKind.STATE, "no_signer", () -> way.call(client, request));
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void native_sso_shows_an_address_and_takes_the_callback(Ways way) throws Exception {
        try (Client client = client(way)) {
            Challenge<TokenSet> challenge = way.start(client, NativeSsoRequest.builder().ssoProvider("ExampleProvider").build());
            assertKind(ErrorKind.STATE, "already_started", () -> way.verify(challenge, a -> a.callbackUrl("https://x.example").state("s")));
            assertEquals("callback_url", challenge.getAsks());
            assertNull(challenge.getCode());
            // The browser is redirected to the provider; the person signs in there and returns.
            String page = visit(challenge.getUrl());
            String callback = visit(page + "&user=" + URLEncoder.encode(USERNAME, StandardCharsets.UTF_8));
            assertNotNull(way.verify(challenge, callback).getAccessToken());
        }
    }

    private static String visit(String url) throws Exception {
        try (Response response = okHttp.newCall(new Request.Builder().url(url).build()).execute()) {
            return assertInstanceOf(String.class, response.header("Location"));
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void the_integration_users_token_is_fetched_where_the_site_wants_one(Ways way) {
        org.changeSettings("{\"does_pwdless_login_require_auth\":true}");
        PasswordlessLoginRequest request = PasswordlessLoginRequest.builder().username(USERNAME).verificationMethod("email").build();
        SimulatedOrg.App integration = org.getIntegrationApp();
        try (Client without = client(way);
                Client with = way.on(org.clientBuilder().integrationClientId(integration.getClientId())
                        .integrationClientSecret(integration.getClientSecret().toCharArray())
                        .integrationSite(org.getOrigin()), org, okHttp).build()) {
            assertKind(ErrorKind.REFUSED, "integration_token_required", () -> way.start(without, request));
            assertNotNull(way.verify(way.start(with, request), org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    // ---- a visitor that the app keeps

    @ParameterizedTest
    @EnumSource(Ways.class)
    void a_kept_visitor_is_renewed_and_carried(Ways way) {
        try (Client client = client(way)) {
            Guest guest = way.call(client, GuestRequest.builder().build());
            Visitor kept = Visitor.fromJson(guest.getVisitor().toJson());
            assertEquals(guest.getRenewAtMs(), kept.getRenewAtMs());
            Guest renewed = way.call(client, GuestRequest.builder().guest(kept).build());
            assertEquals(guest.getUvid(), renewed.getUvid());
            TokenSet me = way.call(client,
                    LoginRequest.builder().username(USERNAME).password(org.getUser().getPassword()).guest(renewed.getVisitor()).build());
            assertEquals(guest.getUvid(), me.getUvid());
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void what_a_session_needs_around_it(Ways way) {
        try (Client client = way.on(org.clientBuilder(org.getPrivateApp()), org, okHttp).build()) {
            TokenSet me = way.call(client, LoginRequest.builder().username(USERNAME).password(org.getUser().getPassword()).build());
            TokenSet again = way.call(client, RefreshRequest.builder().refreshToken(me.getRefreshToken()).build());
            assertNotEquals(me.getAccessToken(), again.getAccessToken());
            Introspection said = way.call(client, IntrospectionRequest.builder().token(again.getAccessToken()).build());
            assertTrue(said.getActive());
            way.call(client, RevocationRequest.builder().token(again.getAccessToken()).build());
            assertTrue(!way.call(client, IntrospectionRequest.builder().token(again.getAccessToken()).build()).getActive());
        }
    }
}
