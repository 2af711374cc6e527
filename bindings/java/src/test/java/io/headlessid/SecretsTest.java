package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No text that a program makes of our objects by accident holds a secret. Every secret here holds MARK. */
class SecretsTest {
    private static void assertClean(String text) {
        assertFalse(text.contains("MARK"), text);
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter out = new StringWriter();
        thrown.printStackTrace(new PrintWriter(out));
        return out.toString();
    }

    private static LoginRequest.Builder login() {
        return LoginRequest.builder().username("lena@example.com").password("passwordMARK").state("stateMARK-0123456789")
                .guestToken("guestMARK");
    }

    private static HttpResponse json(int status, String json) {
        return HttpResponse.builder(status).header("Content-Type", "application/json").body(json.getBytes(StandardCharsets.UTF_8)).build();
    }

    @Test
    void z07_errors_causes_and_stack_traces_hold_no_secret() {
        List<Transport> transports = new ArrayList<>();
        transports.add(request -> json(400, "{\"error\":\"invalid_grant\",\"error_description\":\"authentication failure\"}"));
        transports.add(request -> HttpResponse.builder(200).body("<html>tokenMARK".getBytes(StandardCharsets.UTF_8)).build());
        transports.add(request -> HttpResponse.builder(302).header("Location", "https://elsewhere.example/?code=codeMARK").build());
        transports.add(request -> HttpResponse.builder(302).header("Location", Fixtures.REDIRECT_URI + "?code=codeMARK&state=otherMARK").build());
        transports.add(request -> request.getName().equals("authorize") ? Fixtures.yes(request) : json(200, "{\"access_token\":\"tokenMARK\""));
        transports.add(request -> {
            throw new IOException("reset");
        });
        transports.add(request -> {
            throw new NoResponseException(NoResponseException.Sent.MAYBE, "closed", new IOException("reset"));
        });
        try (App app = Fixtures.app()) {
            for (Transport transport : transports) {
                HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> FlowRunner.run(app,
                        LoginRequest.builder().username("lena@example.com").password("passwordMARK").state("stateMARK-0123456789").build(), transport));
                assertClean(stackTrace(error));
                assertClean(error.getMessage() + error.getHint() + error.getServerText() + error.getServerCode() + error.getField());
                assertClean(stackTrace(error.here()));
                assertEquals(error.toString(), error.here().toString());
            }
            // A rejected value is not quoted.
            for (String parameter : new String[] {"password", "state", "guest_token", "scope"}) {
                try (Flow flow = app.newFlow("login")) {
                    assertClean(stackTrace(assertThrows(HeadlessIdException.class, () -> flow.set(parameter, "valueMARK\u0000"))));
                }
            }
        }
        assertClean(stackTrace(assertThrows(HeadlessIdException.class,
                () -> App.builder().site(Fixtures.SITE).clientId("c").redirectUri(Fixtures.REDIRECT_URI).clientSecret("secretMARK\n").build())));
    }

    @Test
    void z09_to_string_of_every_public_object_holds_no_secret() {
        App.Builder settings = App.builder().site(Fixtures.SITE).clientId("c").redirectUri(Fixtures.REDIRECT_URI)
                .clientSecret("secretMARK".toCharArray()).proxy("http://u:proxyMARK@127.0.0.1:1");
        List<Object> objects = new ArrayList<>();
        objects.add(settings);
        objects.add(login());
        objects.add(login().build());
        objects.add(GuestIdentity.of("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11", "guestMARK"));
        objects.add(new HttpRequest.Header("Authorization", "Basic MARK"));
        objects.add(json(200, "{\"access_token\":\"MARK\"}"));
        try (App app = settings.build(); Flow flow = Fixtures.login(app)) {
            objects.add(app);
            objects.add(flow);
            Step.Send send = assertInstanceOf(Step.Send.class, flow.next(Fixtures.NOW));
            assertTrue(Fixtures.field(send.getRequest(), "password").contains("MARK"));
            objects.add(send);
            objects.add(send.getRequest());
            objects.add(send.getRequest().getHeaders());
            FlowResult result = Fixtures.play(flow);
            assertTrue(result.get("access_token").contains("MARK"));
            objects.add(result);
            objects.add(flow.next(Fixtures.NOW));
            objects.add(new TokenSet(result));
            objects.add(new Guest(result));
            objects.add(new UserInfo(result));
            objects.add(new Revocation(result));
            assertTrue(new TokenSet(result).toString().contains("accessToken=•••"), new TokenSet(result).toString());
        }
        for (Object object : objects) {
            assertClean(String.valueOf(object));
            assertClean(String.format("%s", object));
        }
    }

    @Test
    void z09_nothing_that_holds_a_secret_can_be_serialised() throws IOException {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            FlowResult result = Fixtures.play(flow);
            for (Object object : new Object[] {app, flow, result, new TokenSet(result), new Guest(result), login().build(), login()}) {
                assertThrows(NotSerializableException.class, () -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(object),
                        object.getClass().getName());
            }
        }
        // An error can be serialized: it goes into logs and over networks.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new ObjectOutputStream(out).writeObject(assertThrows(HeadlessIdException.class, () -> App.builder().build()));
        assertTrue(out.size() > 0);
    }

    @Test
    void z09_the_simulated_org_keeps_its_secrets_too() {
        try (SimulatedOrg org = SimulatedOrg.start()) {
            String said = org + " " + org.getApps() + org.getUsers();
            assertFalse(said.contains(org.getPrivateApp().getClientSecret()));
            assertFalse(said.contains(org.getUser().getPassword()));
        }
    }

    @Test
    void what_the_caller_clears_is_gone_from_the_request() {
        char[] password = "passwordMARK".toCharArray();
        LoginRequest request = LoginRequest.builder().username("a@b.c").password(password).build();
        java.util.Arrays.fill(password, 'x');
        try (App app = Fixtures.app(); Flow flow = app.newFlow(request)) {
            HttpRequest sent = assertInstanceOf(Step.Send.class, flow.next(Fixtures.NOW)).getRequest();
            assertEquals("xxxxxxxxxxxx", Fixtures.field(sent, "password"));
        }
    }
}
