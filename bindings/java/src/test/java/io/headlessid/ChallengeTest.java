package io.headlessid;

import static io.headlessid.Fixtures.assertKind;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Concurrent use of a challenge, its end, and the memory it holds. */
class ChallengeTest {
    private static final String USERNAME = "lena.ortiz@example.com";

    private static SimulatedOrg org;

    @BeforeAll
    static void startOrg() {
        org = SimulatedOrg.start();
    }

    @AfterAll
    static void stopOrg() {
        org.close();
    }

    @AfterEach
    void reset() {
        org.reset();
    }

    /** Sends as the app would, but requests with one name stop at a gate and report that they have reached it. */
    private static final class Gate implements Transport {
        final CountDownLatch reached = new CountDownLatch(1);
        final CountDownLatch open = new CountDownLatch(1);
        private final Transport real = new HttpUrlConnectionTransport(org.getSocketFactory());
        private volatile String name = "";

        void closeFor(String request) {
            name = request;
        }

        @Override
        public HttpResponse send(HttpRequest request) throws java.io.IOException {
            if (request.getName().equals(name)) {
                reached.countDown();
                try {
                    open.await();
                } catch (InterruptedException e) {
                    throw new NoResponseException(NoResponseException.Sent.NO, "interrupted", null);
                }
            }
            return real.send(request);
        }
    }

    private static Challenge<TokenSet> passwordless(Client client) {
        return client.passwordlessLogin(r -> r.username(USERNAME).verificationMethod("email"));
    }

    @Test
    void f10_two_at_once_on_one_challenge_send_one_message() throws Exception {
        Gate gate = new Gate();
        try (Client client = org.clientBuilder().transport(gate).build(); Challenge<TokenSet> challenge = passwordless(client)) {
            gate.closeFor("init");
            CompletableFuture<Void> resent = challenge.resendAsync();
            assertTrue(gate.reached.await(60, TimeUnit.SECONDS));
            assertKind(ErrorKind.STATE, "busy", challenge::resend);
            assertKind(ErrorKind.STATE, "busy", () -> Ways.got(challenge.resendAsync()));
            assertKind(ErrorKind.STATE, "busy", () -> challenge.verify("1"));
            assertKind(ErrorKind.STATE, "busy", () -> Ways.got(challenge.verifyAsync("1")));
            assertKind(ErrorKind.STATE, "busy", challenge::seal);
            gate.open.countDown();
            Ways.got(resent);
            assertEquals(2, org.getOutbox(USERNAME).size());
            assertNotNull(challenge.verify(org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    @Test
    void l21_closing_while_verify_runs_ends_it_with_closed() throws Exception {
        Gate gate = new Gate();
        try (Client client = org.clientBuilder().transport(gate).build()) {
            Challenge<TokenSet> challenge = passwordless(client);
            gate.closeFor("authorize");
            CompletableFuture<TokenSet> verifying = challenge.verifyAsync("493027");
            assertTrue(gate.reached.await(60, TimeUnit.SECONDS));
            challenge.close();
            challenge.close();
            assertThrows(IllegalStateException.class, () -> challenge.verify("1"));
            gate.open.countDown();
            assertKind(ErrorKind.STATE, "closed", () -> Ways.got(verifying));
            assertEquals("Challenge{passwordless_login, closed}", challenge.toString());
        }
    }

    @Test
    void closing_while_verify_runs_on_the_librarys_own_client() {
        org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":20000,\"times\":1}");
        try (Client client = org.clientBuilder().build()) {
            Challenge<TokenSet> challenge = passwordless(client);
            CompletableFuture<TokenSet> verifying = challenge.verifyAsync("493027");
            assertEquals(1, client.getInFlight());
            challenge.close();
            assertKind(ErrorKind.STATE, "closed", () -> Ways.got(verifying));
            assertEquals(0, client.getInFlight());
        }
    }

    @Test
    void cancelling_a_verify_ends_the_challenge() throws Exception {
        org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":20000,\"times\":1}");
        try (Client client = org.clientBuilder().build()) {
            Challenge<TokenSet> challenge = passwordless(client);
            CompletableFuture<TokenSet> verifying = challenge.verifyAsync("493027");
            assertTrue(verifying.cancel(true));
            // The flow ends a moment later, in the client's thread.
            while (challenge.getAsks() != null) {
                Thread.onSpinWait();
            }
            assertTrue(challenge.getProblem().isCancelled());
            assertKind(ErrorKind.STATE, "wrong_step", () -> challenge.verify("1"));
            assertKind(ErrorKind.STATE, "wrong_step", () -> Ways.got(challenge.verifyAsync("1")));
        }
    }

    @Test
    void n08_cancelling_a_verify_races_its_end() {
        try (Client client = org.clientBuilder().build()) {
            List<Challenge<TokenSet>> challenges = new ArrayList<>();
            List<CompletableFuture<TokenSet>> futures = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Challenge<TokenSet> challenge = client.startLogin(r -> r.username(USERNAME));
                challenges.add(challenge);
                futures.add(challenge.verifyAsync(org.getUser().getPassword()));
            }
            for (CompletableFuture<TokenSet> future : futures) {
                future.cancel(false);
                Thread.yield();
            }
            for (int i = 0; i < challenges.size(); i++) {
                Challenge<TokenSet> challenge = challenges.get(i);
                // The flow of a future that was cancelled ends a moment later, in the client's thread.
                while (challenge.getAsks() != null) {
                    Thread.onSpinWait();
                }
                assertTrue(futures.get(i).isDone());
                assertTrue(challenge.getResult() != null || challenge.getProblem().isCancelled(), challenge::toString);
            }
        }
    }

    @Test
    void an_error_comes_by_each_future_as_it_is() {
        org.changeSettings("{\"is_recaptcha_required_pwdless_login\":true}");
        try (Client client = org.clientBuilder().build()) {
            Challenge<TokenSet> challenge =
                    client.passwordlessLogin(r -> r.username(USERNAME).verificationMethod("email").recaptcha("token-of-this-test"));
            AtomicReference<Throwable> resent = new AtomicReference<>();
            AtomicReference<Throwable> verified = new AtomicReference<>();
            challenge.resendAsync().whenComplete((nothing, error) -> resent.set(error)).handle((a, b) -> a).join();
            challenge.verifyAsync("000000").whenComplete((me, error) -> verified.set(error)).handle((a, b) -> a).join();
            // Not wrapped, so that a handler can examine it.
            assertTrue(((HeadlessIdException) resent.get()).isRecaptchaProblem());
            assertTrue(((HeadlessIdException) verified.get()).isOtpInvalid());
        }
    }

    @Test
    void an_interrupt_ends_a_verify_that_waits() throws Exception {
        org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":20000,\"times\":1}");
        try (Client client = org.clientBuilder().build(); Challenge<TokenSet> challenge = passwordless(client)) {
            AtomicReference<HeadlessIdException> thrown = new AtomicReference<>();
            Thread waiting = new Thread(() -> thrown.set(assertThrows(HeadlessIdException.class, () -> challenge.verify("493027"))));
            waiting.start();
            while (client.getInFlight() == 0) {
                Thread.onSpinWait();
            }
            waiting.interrupt();
            waiting.join();
            assertTrue(thrown.get().isCancelled(), () -> thrown.get().toString());
            assertNull(challenge.getAsks());
        }
    }

    @Test
    void cancelling_a_start_leaves_nothing_behind() throws Exception {
        org.fail("{\"endpoint\":\"init_passwordless\",\"delay_ms\":20000,\"times\":1}");
        try (Client client = org.clientBuilder().build()) {
            CompletableFuture<Challenge<TokenSet>> starting =
                    client.passwordlessLoginAsync(r -> r.username(USERNAME).verificationMethod("email"));
            assertTrue(starting.cancel(true));
            while (client.getInFlight() > 0) {
                Thread.onSpinWait();
            }
            assertTrue(starting.isCancelled());
        }
    }

    @Test
    void a_closed_client_runs_no_challenge() {
        Client client = org.clientBuilder().build();
        Challenge<TokenSet> challenge = passwordless(client);
        client.close();
        assertThrows(IllegalStateException.class, () -> challenge.verify("1"));
        assertThrows(IllegalStateException.class, () -> client.resumeAny("ticket", null));
        challenge.close();
    }

    @Test
    void a_value_that_is_refused_leaves_the_challenge_as_it_was() {
        try (Client client = org.clientBuilder().build(); Challenge<TokenSet> challenge = passwordless(client)) {
            HeadlessIdException tooLong = assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> challenge.verify("1".repeat(300)));
            assertEquals("otp", tooLong.getField());
            assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> challenge.verify(Map.of("otp", "1", "no_such", "x")));
            assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> challenge.verify(Map.of()));
            assertNotNull(challenge.verify(org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    @Test
    void a_client_that_is_full_keeps_the_value_and_the_next_verify_goes_on() {
        try (Client client = org.clientBuilder().maxInFlight(1).build()) {
            Challenge<PasswordReset> challenge = client.resetPassword(r -> r.username(USERNAME));
            String otp = org.lastOtp(USERNAME);
            org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":20000,\"times\":1}");
            CompletableFuture<Guest> other = client.guestAsync();
            assertKind(ErrorKind.STATE, "too_many_flows", () -> challenge.verify(otp, more -> more.newPassword("Fresh-Pass-1")));
            assertKind(ErrorKind.STATE, "too_many_flows", () -> Ways.got(challenge.verifyAsync(otp)));
            assertNotNull(challenge.getAsks());
            // Cancelled earlier, the delay would wait for the next request.
            while (!org.getSeen().contains("authorize")) {
                Thread.onSpinWait();
            }
            other.cancel(true);
            while (client.getInFlight() > 0) {
                Thread.onSpinWait();
            }
            // The flow still has both values.
            assertNotNull(challenge.verify(otp));
            assertEquals(1, org.getOutbox(USERNAME).size());
            assertNotNull(client.login(r -> r.username(USERNAME).password("Fresh-Pass-1")).getAccessToken());
        }
    }

    @Test
    void a_value_that_is_offered_early_is_dropped_at_a_question_with_a_problem() {
        try (Client client = org.clientBuilder().build(); Challenge<PasswordReset> challenge = client.resetPassword(r -> r.username(USERNAME))) {
            assertTrue(assertThrows(HeadlessIdException.class, () -> challenge.verify("000000", more -> more.newPassword("Fresh-Pass-1"))).isOtpInvalid());
            HeadlessIdException missing = assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> challenge.verify(org.lastOtp(USERNAME)));
            assertEquals("newPassword", missing.getField());
            assertEquals("newPassword is missing: the challenge asks for it", missing.getMessage());
            assertNotNull(challenge.verify(answers -> answers.newPassword("Fresh-Pass-1")));
        }
    }

    @Test
    void wrong_parameters_come_by_the_future_too() {
        try (Client client = org.clientBuilder().build()) {
            HeadlessIdException missing = assertKind(ErrorKind.ARGUMENT, "bad_argument",
                    () -> Ways.got(client.passwordlessLoginAsync(r -> r.username(USERNAME))));
            assertEquals("verificationMethod", missing.getField());
            assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> Ways.got(client.startLoginAsync(r -> r.username("a\u0000b"))));
        }
    }

    @Test
    void a_trace_is_told_when_the_challenge_has_ended() {
        StringBuilder trace = new StringBuilder();
        try (Client client = org.clientBuilder().build()) {
            Challenge<TokenSet> challenge = client.passwordlessLogin(r -> r.username(USERNAME).verificationMethod("email").trace(trace::append));
            assertEquals("", trace.toString());
            String otp = org.lastOtp(USERNAME);
            challenge.verify(otp);
            assertTrue(trace.toString().contains("init/passwordless/login") && trace.toString().contains("/services/oauth2/token"), trace::toString);
            assertFalse(trace.toString().contains(otp), trace::toString);
        }
    }

    @Test
    void z09_a_challenge_and_what_goes_to_it_say_no_secret() {
        try (Client client = org.clientBuilder().sealKeys(Map.of("k", new byte[32])).build();
                Challenge<TokenSet> challenge = client.passwordlessLogin(r -> r.username(USERNAME).verificationMethod("email").state("stateMARK-1"))) {
            String said = challenge.toString();
            assertEquals("Challenge{passwordless_login, asks otp}", said);
            HeadlessIdException wrong = assertThrows(HeadlessIdException.class, () -> challenge.verify("wrongMARK"));
            HeadlessIdException refused = assertThrows(HeadlessIdException.class, () -> challenge.verify("MARK".repeat(100)));
            HeadlessIdException ticket = assertThrows(HeadlessIdException.class, () -> client.resumeAny("MARK" + challenge.seal("MARK"), "MARK"));
            Answers answers = Answers.of(a -> a.otp("otpMARK").newPassword("passwordMARK".toCharArray()));
            Visitor visitor = new Visitor("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11", "tokenMARK", 1L);
            HeadlessIdException json = assertThrows(HeadlessIdException.class, () -> Visitor.fromJson("{\"uvid\":\"MARK"));
            for (Object each : new Object[] {wrong, refused, ticket, answers, visitor, json, challenge.getProblem(), challenge}) {
                assertFalse(each.toString().contains("MARK"), each::toString);
            }
            assertTrue(answers.toString().contains("new_password"));
        }
    }

    @Test
    void what_a_call_was_given_is_wiped_at_its_end() {
        Values values = new Values();
        values.put("otp", "493027");
        ChallengeCall call = new ChallengeCall.Verify(values, List.of("otp"));
        byte[] given = call.valueOf("otp");
        assertEquals('4', given[0]);
        call.wipe();
        assertEquals(0, new String(given, java.nio.charset.StandardCharsets.US_ASCII).replace("\0", "").length());
        assertNull(call.valueOf("otp"));
    }

    @Test
    void a_challenge_at_rest_holds_no_flow_in_flight_and_a_forgotten_one_is_collected() {
        try (Client client = org.clientBuilder().build()) {
            WeakReference<Challenge<TokenSet>> forgotten = new WeakReference<>(passwordless(client));
            assertEquals(0, client.getInFlight());
            for (int i = 0; i < 1000 && forgotten.get() != null; i++) {
                System.gc();
            }
            assertNull(forgotten.get());
        }
    }
}
