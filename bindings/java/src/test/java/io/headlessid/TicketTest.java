package io.headlessid;

import static io.headlessid.Fixtures.assertKind;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A challenge leaves one client as text and continues in another. */
class TicketTest {
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

    private static byte[] key(int seed) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) seed);
        return key;
    }

    private static Client client() {
        return client(Map.of("k1", key(1)));
    }

    private static Client client(Map<String, byte[]> keys) {
        return org.clientBuilder().sealKeys(keys).build();
    }

    private static Challenge<TokenSet> passwordless(Client client) {
        return client.passwordlessLogin(r -> r.username(USERNAME).verificationMethod("email"));
    }

    @Test
    void l23_a_challenge_is_taken_up_by_a_client_that_knows_nothing_but_the_ticket() {
        String ticket;
        String id;
        Guest guest;
        try (Client client = client()) {
            guest = client.guest();
            try (Challenge<TokenSet> challenge = client.passwordlessLogin(r -> r.username(USERNAME).verificationMethod("email").guest(guest))) {
                assertNull(challenge.getTicketId());
                ticket = challenge.seal();
                id = challenge.getTicketId();
                assertTrue(id.matches("[0-9a-f]{32}"), id);
                assertNotEquals(ticket, challenge.seal());
                assertNotEquals(id, challenge.getTicketId());
            }
        }
        assertTrue(ticket.length() <= 3072);
        try (Client client = client(); Challenge<TokenSet> challenge = client.resume(ticket, FlowKinds.PASSWORDLESS_LOGIN)) {
            assertEquals("passwordless_login", challenge.getFlow());
            assertEquals("otp", challenge.getAsks());
            assertEquals(id, challenge.getTicketId());
            assertTrue(assertThrows(HeadlessIdException.class, () -> challenge.verify("000000")).isOtpInvalid());
            TokenSet me = challenge.verify(org.lastOtp(USERNAME));
            assertEquals(guest.getUvid(), me.getUvid());
            assertEquals("carried", me.getUvidCarry());
        }
    }

    @Test
    void a_program_may_take_up_what_it_does_not_know_the_result_of() {
        try (Client client = client()) {
            Challenge<?> challenge = client.resumeAny(passwordless(client).seal(), null);
            assertNotNull(((TokenSet) challenge.verify(org.lastOtp(USERNAME))).getAccessToken());
            String ticket = passwordless(client).seal();
            // A flow with the same result is another flow anyway.
            HeadlessIdException other = assertKind(ErrorKind.STATE, "other_flow", () -> client.resume(ticket, FlowKinds.PASSWORD_RESET));
            assertEquals("the ticket belongs to the flow passwordless_login, not to password_reset", other.getMessage());
            assertEquals(Advice.RESTART, other.getAdvice());
            assertKind(ErrorKind.STATE, "other_flow", () -> client.resume(ticket, FlowKinds.FIRST_PARTY_PASSWORDLESS));
        }
    }

    @Test
    void k06_a_bound_ticket_opens_for_its_own_session_alone() {
        try (Client client = client()) {
            String ticket = passwordless(client).seal("session-of-lena");
            assertKind(ErrorKind.STATE, "other_session", () -> client.resume(ticket, "session-of-max", FlowKinds.PASSWORDLESS_LOGIN));
            assertKind(ErrorKind.STATE, "other_session", () -> client.resumeAny(ticket, null));
            assertNotNull(client.resume(ticket, "session-of-lena", FlowKinds.PASSWORDLESS_LOGIN).verify(org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    @Test
    void k14_of_two_that_open_one_ticket_the_second_is_refused_by_the_server() {
        try (Client client = client()) {
            String ticket = passwordless(client).seal();
            Challenge<TokenSet> first = client.resume(ticket, FlowKinds.PASSWORDLESS_LOGIN);
            Challenge<TokenSet> second = client.resume(ticket, FlowKinds.PASSWORDLESS_LOGIN);
            // The id that a store would compare.
            assertEquals(first.getTicketId(), second.getTicketId());
            String otp = org.lastOtp(USERNAME);
            assertNotNull(first.verify(otp).getAccessToken());
            assertEquals(ErrorKind.REFUSED, assertThrows(HeadlessIdException.class, () -> second.verify(otp)).getKind());
        }
    }

    @Test
    void k15_a_ticket_that_was_changed_is_refused_in_the_same_words() {
        try (Client client = client()) {
            String ticket = passwordless(client).seal();
            String words = null;
            for (int i = 0; i < ticket.length(); i += 17) {
                char other = ticket.charAt(i) == 'A' ? 'B' : 'A';
                String changed = ticket.substring(0, i) + other + ticket.substring(i + 1);
                HeadlessIdException refused = assertKind(ErrorKind.ARGUMENT, "ticket_refused", () -> client.resumeAny(changed, null));
                assertTrue(refused.isTicketRefused());
                assertTrue(words == null || words.equals(refused.toString()), refused::toString);
                words = refused.toString();
            }
            for (String other : new String[] {"", "x", ticket.substring(1), ticket + "A", "täglich"}) {
                assertKind(ErrorKind.ARGUMENT, "ticket_refused", () -> client.resumeAny(other, null));
            }
        }
    }

    @Test
    void k16_keys_are_changed_while_tickets_are_out() {
        String old;
        try (Client client = client()) {
            old = passwordless(client).seal();
        }
        Map<String, byte[]> both = new LinkedHashMap<>();
        both.put("k2", key(2));
        both.put("k1", key(1));
        String fresh;
        try (Client client = client(both)) {
            fresh = client.resumeAny(old, null).seal();
        }
        try (Client client = client(Map.of("k2", key(2)))) {
            assertTrue(assertThrows(HeadlessIdException.class, () -> client.resumeAny(old, null)).isTicketRefused());
            assertNotNull(client.resume(fresh, FlowKinds.PASSWORDLESS_LOGIN).verify(org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    @Test
    void without_keys_nothing_is_sealed() {
        try (Client client = org.clientBuilder().build()) {
            Challenge<TokenSet> challenge = passwordless(client);
            assertKind(ErrorKind.STATE, "no_seal_keys", challenge::seal);
            assertKind(ErrorKind.STATE, "no_seal_keys", () -> client.resumeAny("abc", null));
            assertNotNull(challenge.verify(org.lastOtp(USERNAME)).getAccessToken());
        }
    }

    @Test
    void after_a_ticket_a_message_is_sent_anew_with_what_the_ticket_had_no_room_for() {
        String name = "roomy@example.com";
        // Incompressible bytes: more than a ticket holds.
        Map<String, ?> userdata = Map.of("lastName", "Roomy", "email", name, "firstName", "R" + "oo".repeat(1900));
        try (Client client = client()) {
            String ticket = client.register(r -> r.userdata(userdata).password("Roomy-Pass-1").verificationMethod("email")).seal();
            Challenge<TokenSet> challenge = client.resume(ticket, FlowKinds.REGISTRATION);
            HeadlessIdException missing = assertThrows(HeadlessIdException.class, challenge::resend);
            assertEquals("userdata", missing.getField());
            assertEquals("otp", challenge.getAsks());
            challenge.resend(values -> values.userdata(userdata).password("Roomy-Pass-1".toCharArray()));
            assertEquals(2, org.getOutbox(name).size());
            assertNotNull(challenge.verify(org.lastOtp(name)).getAccessToken());
            assertNotNull(client.login(r -> r.username(name).password("Roomy-Pass-1")).getAccessToken());
        }
    }

    @Test
    void a_flow_of_the_hosts_own_loop_travels_too() {
        try (App app = App.builder().site(Fixtures.SITE).clientId("c").redirectUri(Fixtures.REDIRECT_URI).sealKeys(Map.of("k1", key(1))).build();
                Flow flow = app.newFlow("login").set("username", USERNAME)) {
            assertTrue(flow.next() instanceof Step.Ask);
            String ticket = flow.seal("session");
            try (Flow opened = app.unseal(ticket, "session")) {
                assertEquals("login", opened.getName());
                assertEquals(flow.getTicketId(), opened.getTicketId());
                assertTrue(opened.next() instanceof Step.Ask);
                assertKind(ErrorKind.STATE, "wrong_step", opened::resend);
                opened.giveValue("password", Fixtures.PASSWORD);
                assertNotNull(Fixtures.play(opened).get("access_token"));
            }
            assertThrows(HeadlessIdException.class, () -> app.unseal(ticket, null));
        }
    }
}
