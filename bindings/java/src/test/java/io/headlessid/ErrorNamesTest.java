package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Errors name settings and parameters as Java spells them. */
class ErrorNamesTest {
    @Test
    void a_setting_is_named_as_its_builder_method() {
        HeadlessIdException error = Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument",
                () -> App.builder().site("http://127.0.0.1").clientId("c").redirectUri("https://a.example/cb").build());
        assertEquals("site", error.getField());
        assertTrue(error.getMessage().contains("allowHttpLoopback"), error.getMessage());
        assertFalse(error.getMessage().contains("allow_http_loopback"), error.getMessage());
    }

    @Test
    void a_parameter_is_named_as_its_builder_method() {
        try (App app = Fixtures.app(); Flow flow = app.newFlow("passwordless_login").set("username", Fixtures.USERNAME)) {
            HeadlessIdException error = Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> flow.next(Fixtures.NOW));
            assertEquals("verificationMethod", error.getField());
            assertTrue(error.getMessage().startsWith("verificationMethod"), error.getMessage());
        }
    }

    @Test
    void other_words_stay_as_they_are() {
        assertEquals("the scope user_registration_api and xclient_id, clientId.", HeadlessIdException.inJava("the scope user_registration_api and xclient_id, client_id."));
        assertEquals("{", HeadlessIdException.inJava("{"));
    }

    @Test
    void a_failed_server_is_told_from_a_refusal() {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            flow.next(Fixtures.NOW);
            flow.giveResponse(HttpResponse.builder(503).build());
            Step step = flow.next(Fixtures.NOW);
            assertTrue(((Step.Failed) step).getError().isServerError());
        }
        try (App app = Fixtures.app()) {
            assertFalse(Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> app.newFlow("none")).isServerError());
        }
    }
}
