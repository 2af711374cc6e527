package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Results as text to store, and what mappers that inspect objects see of them. */
class StoredResultsTest {
    private static TokenSet tokens() {
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            return new TokenSet(Fixtures.play(flow));
        }
    }

    @Test
    void a_stored_result_restores_every_field_but_the_raw_response() {
        TokenSet me = tokens();
        TokenSet restored = TokenSet.fromJson(me.toJson());
        assertEquals("00DMARKtoken!x", restored.getAccessToken());
        assertEquals(me.getRefreshToken(), restored.getRefreshToken());
        assertEquals(me.getIssuedAtMs(), restored.getIssuedAtMs());
        assertEquals(Arrays.asList("openid", "api"), restored.getScope());
        assertEquals(me.getUvidCarry(), restored.getUvidCarry());
        assertNull(restored.getIdToken());
        assertNull(restored.getRaw());
        assertEquals(me.toJson(), restored.toJson());
        assertFalse(me.toJson().contains("\"raw\""), me.toJson());
    }

    @Test
    void json_of_another_language_or_a_later_release_restores() {
        TokenSet me = TokenSet.fromJson(" {\"access_token\":\"a\\u00fc\",\"token_type\":\"Bearer\",\"uvid_carry\":\"absent\",\"issued_at_ms\":1767225600000,"
                + "\"uvid_verified\":false,\"scope\":null,\"to_come\":{\"a\":[1,2.5,{\"b\":[]}]}}\n");
        assertEquals("a\u00fc", me.getAccessToken());
        assertEquals(1767225600000L, me.getIssuedAtMs());
        assertEquals(Boolean.FALSE, me.getUvidVerified());
        assertNull(me.getScope());
        Introspection inactive = Introspection.fromJson("{\"active\":false}");
        assertEquals("{\"active\":false}", inactive.toJson());
    }

    @Test
    void json_that_is_not_a_result_is_refused_by_the_member_and_without_its_value() {
        String good = tokens().toJson();
        refused("access_token", good.replace("access_token", "no_token"));
        refused("access_token", good.replace("\"00DMARKtoken!x\"", "17"));
        refused("issued_at_ms", good.replaceAll("\"issued_at_ms\":[0-9]+", "\"issued_at_ms\":\"MARK\""));
        refused("issued_at_ms", good.replaceAll("\"issued_at_ms\":[0-9]+", "\"issued_at_ms\":1.5"));
        refused("uvid_carry", good.replaceAll("\"uvid_carry\":\"[a-z]+\"", "\"uvid_carry\":[\"MARK\"]"));
        StringBuilder deep = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            deep.append("{\"a\":");
        }
        for (String text : new String[] {"", "MARK", "[]", "\"MARK\"", "{", good + "x", good.replace("}", ",\"token_type\":\"MARK\"}"), deep.toString()}) {
            refused("json", text);
        }
    }

    @Test
    void a_sessions_json_is_not_a_guests() {
        String guest = "{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"uvid\":\"u\",\"uvid_carry\":\"absent\"}";
        assertEquals("u", Guest.fromJson(guest).getUvid());
        assertEquals("{\"uvid\":\"u\",\"access_token\":\"t\"}", Guest.fromJson(guest).getVisitor().toJson());
        for (String member : new String[] {"refresh_token", "id_token", "id"}) {
            String session = guest.replace("}", ",\"" + member + "\":\"MARK\"}");
            HeadlessIdException error = Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> Guest.fromJson(session));
            assertEquals(member, error.getField());
            assertFalse(error.toString().contains("MARK"), error::toString);
            assertEquals("u", TokenSet.fromJson(session).getUvid());
        }
    }

    private static final Map<String, Function<String, String>> CLASSES = Map.of("TokenSet", json -> TokenSet.fromJson(json).toJson(), "Guest",
            json -> Guest.fromJson(json).toJson(), "Introspection", json -> Introspection.fromJson(json).toJson(), "UserInfo",
            json -> UserInfo.fromJson(json).toJson(), "SingleAccess", json -> SingleAccess.fromJson(json).toJson(), "Revocation",
            json -> Revocation.fromJson(json).toJson(), "PasswordReset", json -> PasswordReset.fromJson(json).toJson());

    private static JsonNode shared(String file) throws IOException {
        return new ObjectMapper().readTree(Fixtures.repository().resolve("tests/results/" + file).toFile());
    }

    @Test
    void what_any_language_stored_restores() throws IOException {
        int count = 0;
        for (JsonNode each : shared("restored.json")) {
            String again = CLASSES.get(each.get("class").asText()).apply(each.get("text").asText());
            assertEquals(each.get("fields"), new ObjectMapper().readTree(again), each.get("about").asText());
            count++;
        }
        assertTrue(count > 3);
    }

    @Test
    void what_no_language_stored_is_refused() throws IOException {
        int count = 0;
        for (JsonNode each : shared("refused.json")) {
            JsonNode text = each.get("text");
            String json = text.isTextual() ? text.asText() : text.get("repeat").asText().repeat(text.get("times").asInt());
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> CLASSES.get(each.get("class").asText()).apply(json),
                    each.get("about").asText());
            assertEquals("bad_argument", error.getReason());
            assertEquals(Advice.FIX_ARGUMENT, error.getAdvice());
            assertEquals(each.get("field").isNull() ? "json" : each.get("field").asText(), error.getField(), each.get("about").asText());
            assertFalse(error.toString().contains("Example.Secret"), error.toString());
            count++;
        }
        assertTrue(count > 10);
    }

    private static void refused(String field, String json) {
        HeadlessIdException error = Fixtures.assertKind(ErrorKind.ARGUMENT, "bad_argument", () -> TokenSet.fromJson(json));
        assertEquals(field, error.getField(), error::toString);
        assertFalse(error.toString().contains("MARK"), error.toString());
    }

    @Test
    void z09_jackson_gets_the_public_fields_alone() throws Exception {
        ObjectMapper mapper = new ObjectMapper().disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);
        TokenSet me = tokens();
        Visitor visitor = new Visitor("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11", "MARKguest", null);
        GuestIdentity identity = GuestIdentity.of("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11", "MARKguest");
        LoginRequest request = LoginRequest.builder().username(Fixtures.USERNAME).password(Fixtures.PASSWORD).guest(visitor).build();
        assertEquals("Bearer", mapper.readTree(mapper.writeValueAsString(me)).get("tokenType").asText());
        for (Object one : new Object[] {me, Collections.singletonMap("session", me), visitor, identity, request}) {
            String json = mapper.writeValueAsString(one);
            assertFalse(json.contains("MARK"), json);
        }
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            Step step = flow.next(Fixtures.NOW);
            String json = mapper.writeValueAsString(step);
            assertFalse(json.contains("MARK"), json);
        }
    }

    /** Gson, Moshi and similar mappers read fields but skip transient ones, and so does Java's own serialization. */
    @Test
    void z09_mappers_that_read_fields_come_to_no_secret() throws Exception {
        Visitor visitor = new Visitor("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11", "MARKguest", null);
        LoginRequest request = LoginRequest.builder().username(Fixtures.USERNAME).password(Fixtures.PASSWORD).guest(visitor).build();
        try (App app = Fixtures.app(); Flow flow = Fixtures.login(app)) {
            Step step = flow.next(Fixtures.NOW);
            for (Object one : new Object[] {tokens(), visitor, request, LoginRequest.builder().password(Fixtures.PASSWORD), step}) {
                List<String> texts = new ArrayList<>();
                collect(one, texts, 0);
                assertFalse(texts.toString().contains("MARK"), one.getClass() + " " + texts);
            }
        }
        for (Object one : new Object[] {tokens(), visitor, request}) {
            assertThrows(NotSerializableException.class, () -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(one));
        }
    }

    private static void collect(Object one, List<String> texts, int depth) throws IllegalAccessException {
        if (one == null || depth > 6) {
            return;
        }
        if (one instanceof CharSequence || one instanceof Number || one instanceof Boolean || one instanceof Enum) {
            texts.add(one.toString());
        } else if (one instanceof Map) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) one).entrySet()) {
                collect(entry.getKey(), texts, depth + 1);
                collect(entry.getValue(), texts, depth + 1);
            }
        } else if (one instanceof Iterable) {
            for (Object each : (Iterable<?>) one) {
                collect(each, texts, depth + 1);
            }
        } else if (one instanceof byte[]) {
            texts.add(new String((byte[]) one, java.nio.charset.StandardCharsets.UTF_8));
        } else {
            for (Class<?> at = one.getClass(); at != null && at.getName().startsWith("io.headlessid"); at = at.getSuperclass()) {
                for (Field field : at.getDeclaredFields()) {
                    if (!Modifier.isTransient(field.getModifiers()) && !Modifier.isStatic(field.getModifiers())) {
                        field.setAccessible(true);
                        collect(field.get(one), texts, depth + 1);
                    }
                }
            }
        }
    }

    @Test
    void what_looks_into_objects_would_find_a_secret_that_is_not_hidden() throws Exception {
        List<String> texts = new ArrayList<>();
        collect(new Shown(), texts, 0);
        assertTrue(texts.toString().contains("MARK"), "the search itself finds what is there");
    }

    private static final class Shown {
        @SuppressWarnings("unused")
        private final String token = "MARK";
    }
}
