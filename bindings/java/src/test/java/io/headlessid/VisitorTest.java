package io.headlessid;

import io.headlessid.internal.JsonText;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A visitor as text to store, and maps as JSON. */
class VisitorTest {
    private static final String UVID = "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";

    @Test
    void goes_through_text_and_is_the_same() {
        for (Long renewAt : new Long[] {1767225600000L, null}) {
            Visitor read = Visitor.fromJson(new Visitor(UVID, "a\"\\\u0001\u00fc\ud83d\ude00", renewAt).toJson());
            assertEquals(UVID, read.getUvid());
            assertEquals("a\"\\\u0001\u00fc\ud83d\ude00", read.getAccessToken());
            assertEquals(renewAt, read.getRenewAtMs());
        }
    }

    @Test
    void reads_what_other_languages_write() {
        Visitor read = Visitor.fromJson(" {\"renew_at_ms\" : 17, \"uvid\":\"" + UVID + "\",\t\"access_token\":\"\\u0061\\/b\\n\", \"later\": true}\n");
        assertEquals("a/b\n", read.getAccessToken());
        assertEquals(17L, read.getRenewAtMs());
        assertNull(Visitor.fromJson("{\"uvid\":\"u\",\"access_token\":\"t\",\"renew_at_ms\":null}").getRenewAtMs());
    }

    @Test
    void refuses_any_other_text_by_name() {
        String good = new Visitor(UVID, "token", 17L).toJson();
        for (int i = 0; i < good.length(); i++) {
            String cut = good.substring(0, i);
            assertEquals("visitor", assertThrows(HeadlessIdException.class, () -> Visitor.fromJson(cut)).getField());
        }
        for (String other : new String[] {"[]", "{}", "null", good + "x", good.replace("17", "\"17\""), good.replace("17", "1.5"), good.replace("17", "99999999999999999999"),
            good.replace("\"token\"", "null"), "{\"uvid\":\"u\",\"uvid\":\"u\",\"access_token\":\"t\"}", "{\"uvid\":\"u\",\"access_token\":\"\\x\"}"}) {
            assertEquals("visitor", assertThrows(HeadlessIdException.class, () -> Visitor.fromJson(other), other).getField());
        }
    }

    @Test
    void is_due_by_the_given_clock() {
        Visitor visitor = new Visitor(UVID, "token", 1000L);
        assertFalse(visitor.isDue(999));
        assertTrue(visitor.isDue(1000));
        assertTrue(visitor.isDue());
        assertFalse(new Visitor(UVID, "token", null).isDue(Long.MAX_VALUE));
    }

    @Test
    void a_map_becomes_the_json_that_others_read() throws Exception {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", "quote \" back \\ line \n \u00fc \ud83d\ude00 \u2028");
        map.put("numbers", Arrays.asList(1, -2L, 1.5, true, null));
        map.put("inner", Collections.singletonMap("empty", Collections.emptyMap()));
        map.put("none", Collections.emptyList());
        ObjectMapper mapper = new ObjectMapper();
        assertEquals(mapper.readTree(mapper.writeValueAsString(map)), mapper.readTree(JsonText.write(map).toString()));
        for (Object wordless : new Object[] {new Object(), Double.NaN, 'c', Collections.singletonMap(1, "x")}) {
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> JsonText.write(Collections.singletonMap("a", wordless)));
            assertTrue(refused.getMessage().contains("java.lang."), refused::getMessage);
        }
    }
}
