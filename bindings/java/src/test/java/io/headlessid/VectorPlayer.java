package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Plays one recorded conversation (tests/vectors/README.md) through a Flow. Texts are compared as bytes:
 * a "text" in this class is a string with one char per byte.
 */
final class VectorPlayer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern HOLE = Pattern.compile("\\$\\{(\\w+)(\\|form)?}");
    private static final Set<String> PLAIN_HEADERS = Set.of("accept", "user-agent");
    private static final List<String> QUESTIONS = List.of("ask", "show", "sign");
    private static final Set<String> REQUEST_MEMBERS =
            Set.of("name", "method", "url", "headers", "form", "body", "retry_safe", "prefers_http2");

    private final JsonNode vector;
    private final Map<String, String> captured = new HashMap<>();
    private long nowMillis;

    VectorPlayer(JsonNode vector) {
        this.vector = vector;
        this.nowMillis = vector.path("now_ms").asLong(1767225600000L);
    }

    void play() {
        if (!vector.has("refused")) {
            converse();
            return;
        }
        String at = "settings";
        try (App app = app()) {
            at = vector.has("ticket") ? "ticket" : "flow";
            try (Flow flow = newFlow(app)) {
                at = "parameter";
                setParameters(flow);
                at = "next";
                flow.next(nowMillis);
            }
        } catch (HeadlessIdException e) {
            assertEquals(vector.at("/refused/at").asText(), at, () -> "refused elsewhere: " + e);
            expectError(vector.at("/refused/error"), e);
            return;
        }
        fail("was not refused");
    }

    private App app() {
        App.Builder builder = App.builder();
        for (Iterator<Map.Entry<String, JsonNode>> each = vector.get("settings").fields(); each.hasNext(); ) {
            Map.Entry<String, JsonNode> setting = each.next();
            // By name and in order, as the vector has them: also names that no method of the builder has.
            builder.values.put(setting.getKey(), bytesOf(setting.getValue()));
        }
        return builder.build();
    }

    /** By name, or out of a ticket. */
    private Flow newFlow(App app) {
        if (!vector.has("ticket")) {
            return app.newFlow(vector.get("flow").asText());
        }
        String wanted = vector.has("wanted_flow") ? vector.get("wanted_flow").asText() : null;
        return app.unseal(wanted, string(filled(rawText(vector.get("ticket")))), binding(vector), nowMillis);
    }

    private static String binding(JsonNode step) {
        return step.has("binding") ? step.get("binding").asText() : null;
    }

    private void setParameters(Flow flow) {
        for (Iterator<Map.Entry<String, JsonNode>> each = vector.path("parameters").fields(); each.hasNext(); ) {
            Map.Entry<String, JsonNode> parameter = each.next();
            flow.set(parameter.getKey(), bytesOf(parameter.getValue()));
        }
    }

    private void converse() {
        Flow flow = null;
        try (App app = app()) {
            flow = newFlow(app);
            setParameters(flow);
            giveOffers(flow, vector);
            for (JsonNode wanted : vector.get("steps")) {
                nowMillis += wanted.path("advance_ms").asLong(0);
                Step step = flow.next(nowMillis);
                assertEquals(wanted.get("step").asText(), step.getKind().name(), () -> "at " + wanted + ": " + described(step));
                // A page that asks for nothing has been shown by then.
                if (!(step instanceof Step.Show) || ((Step.Show) step).getName() != null) {
                    assertEquals(step.getKind(), flow.next(nowMillis).getKind(), "asked again, it said something else");
                }
                if (wanted.has("ticket")) {
                    expectQuestion(wanted, step);
                    giveOffers(flow, wanted);
                    flow = travelled(app, flow, binding(wanted.get("ticket")));
                    assertEquals(ChallengeCall.askedIn(step), ChallengeCall.askedIn(flow.next(nowMillis)), "it asks for something else");
                }
                response(flow, step, wanted);
            }
            end(flow);
        } finally {
            if (flow != null) {
                flow.close();
            }
        }
    }

    /** The same flow, out of a ticket; the sealed one is closed. */
    private Flow travelled(App app, Flow flow, String binding) {
        try (Flow sealed = flow) {
            String ticket = sealed.seal(binding, nowMillis);
            assertTrue(ticket.length() <= 3072, () -> "a ticket of " + ticket.length() + " characters");
            Flow opened = app.unseal(ticket, binding, nowMillis);
            assertEquals(sealed.getName(), opened.getName());
            assertEquals(sealed.getTicketId(), opened.getTicketId());
            return opened;
        }
    }

    /** Values before they are asked for. */
    private void giveOffers(Flow flow, JsonNode wanted) {
        for (JsonNode offer : wanted.path("offer")) {
            if (!offer.has("error")) {
                flow.offer(offer.get("name").asText(), bytesOf(offer.get("value")));
                continue;
            }
            HeadlessIdException problem = assertThrows(HeadlessIdException.class,
                    () -> flow.offer(offer.get("name").asText(), bytesOf(offer.get("value"))));
            expectError(offer.get("error"), problem);
        }
    }

    private void response(Flow flow, Step step, JsonNode wanted) {
        if (step instanceof Step.Send) {
            expectRequest(wanted.path("request"), ((Step.Send) step).getRequest());
            giveOffers(flow, wanted);
            if (wanted.has("no_response")) {
                JsonNode why = wanted.at("/no_response/why");
                flow.giveNoResponse(wanted.at("/no_response/sent").asText().equals("no") ? NoResponseException.Sent.NO : NoResponseException.Sent.MAYBE,
                        why.isMissingNode() ? null : string(filled(text(why.asText()))));
                return;
            }
            giveResponse(flow, wanted.get("response"));
        } else if (step instanceof Step.Wait) {
            long until = ((Step.Wait) step).getUntilMillis();
            assertTrue(until > nowMillis, "a wait of no time");
            if (wanted.has("wait_at_most_ms")) {
                assertTrue(until - nowMillis <= wanted.get("wait_at_most_ms").asLong(), () -> "waits " + (until - nowMillis) + " ms");
            }
            nowMillis = until;
        } else {
            if (!wanted.has("ticket")) {
                expectQuestion(wanted, step);
                giveOffers(flow, wanted);
            }
            for (Iterator<Map.Entry<String, JsonNode>> each = wanted.path("set").fields(); each.hasNext(); ) {
                Map.Entry<String, JsonNode> parameter = each.next();
                flow.set(parameter.getKey(), bytesOf(parameter.getValue()));
            }
            for (JsonNode refused : wanted.path("refuses")) {
                HeadlessIdException problem = assertThrows(HeadlessIdException.class,
                        () -> flow.giveValue(refused.path("name").asText(), bytesOf(refused.path("value"))));
                expectError(refused.path("error"), problem);
            }
            if (wanted.path("resend").asBoolean(false)) {
                flow.resend();
            } else if (wanted.has("give_nothing")) {
                flow.giveNothing(wanted.path("give_nothing").path("why").asText(null));
            } else if (wanted.has("value")) { // else an offer was what it asked for
                flow.giveValue(wanted.at("/value/name").asText(), bytesOf(wanted.at("/value/value")));
            }
        }
    }

    private void expectQuestion(JsonNode wanted, Step step) {
        for (String what : QUESTIONS) {
            for (Iterator<Map.Entry<String, JsonNode>> each = wanted.path(what).fields(); each.hasNext(); ) {
                Map.Entry<String, JsonNode> member = each.next();
                expectOfQuestion(member.getKey(), member.getValue(), step);
            }
        }
    }

    private void expectOfQuestion(String member, JsonNode wanted, Step step) {
        switch (member) {
            case "name":
                assertEquals(wanted.asText(), step instanceof Step.Show ? ((Step.Show) step).getName() : assertInstanceOf(Step.Ask.class, step).getName());
                break;
            case "secret":
                assertEquals(wanted.asBoolean(), assertInstanceOf(Step.Ask.class, step).isSecret(), "secret");
                break;
            case "problem":
                HeadlessIdException problem = ChallengeCall.problemIn(step);
                if (wanted.isNull()) {
                    assertNull(problem, () -> "there is a problem: " + problem);
                } else {
                    assertNotNull(problem, "there is no problem");
                    expectError(wanted, problem);
                }
                break;
            case "url":
                expect(wantedText(wanted), text(assertInstanceOf(Step.Show.class, step).getUrl()), "url");
                break;
            case "code":
                expect(wantedText(wanted), text(assertInstanceOf(Step.Show.class, step).getCode()), "code");
                break;
            case "verification_uri":
                expect(wantedText(wanted), text(assertInstanceOf(Step.Show.class, step).getVerificationUri()), "verification_uri");
                break;
            case "algorithm":
                assertEquals(wanted.asText(), assertInstanceOf(Step.Sign.class, step).getAlgorithm());
                break;
            case "input":
                byte[] input = assertInstanceOf(Step.Sign.class, step).getInput();
                expect(wantedText(wanted), new String(input, StandardCharsets.ISO_8859_1), "input");
                break;
            default:
                throw new AssertionError("the player does not know a question's " + member);
        }
    }

    private void giveResponse(Flow flow, JsonNode response) {
        try {
            for (JsonNode header : response.path("headers")) {
                flow.giveHeader(bytesOf(header.get(0)), bytesOf(header.get(1)));
            }
            JsonNode body = response.path("body");
            flow.giveResponse(response.get("status").asInt(), response.path("http_version").asInt(0),
                    body.isMissingNode() ? new byte[0] : bytesOf(body));
        } catch (HeadlessIdException e) {
            // A response over the limits ends the flow; the end is compared below.
            assertTrue(e.getKind() != ErrorKind.ARGUMENT && e.getKind() != ErrorKind.STATE, e::toString);
        }
    }

    private void end(Flow flow) {
        JsonNode wanted = vector.get("end");
        Step step = flow.next(nowMillis);
        assertEquals(wanted.get("step").asText(), step.getKind().name(), () -> described(step));
        assertEquals(step.getKind(), flow.next(nowMillis + 86_400_000).getKind(), "the end is not the end");
        giveOffers(flow, wanted);
        if (step instanceof Step.Done) {
            FlowResult result = ((Step.Done) step).getResult();
            for (Iterator<Map.Entry<String, JsonNode>> each = wanted.path("result").fields(); each.hasNext(); ) {
                Map.Entry<String, JsonNode> field = each.next();
                assertNotNull(result.get(field.getKey()), () -> field.getKey() + " is absent");
                expect(wantedText(field.getValue()), text(result.get(field.getKey())), "result " + field.getKey());
            }
            for (JsonNode name : wanted.path("absent")) {
                assertNull(result.get(name.asText()), () -> name.asText() + " is there");
            }
        } else {
            expectError(wanted.path("error"), assertInstanceOf(Step.Failed.class, step).getError());
        }
    }

    private static String described(Step step) {
        return step instanceof Step.Failed ? ((Step.Failed) step).getError().toString() : step.toString();
    }

    // ---- what is expected

    private void expectRequest(JsonNode wanted, HttpRequest found) {
        Set<String> unknown = new TreeSet<>();
        wanted.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(REQUEST_MEMBERS);
        assertTrue(unknown.isEmpty(), () -> "the player does not know " + unknown);
        expectMember(wanted, "name", found.getName());
        expectMember(wanted, "method", found.getMethod());
        expectMember(wanted, "url", found.getUrl());
        if (wanted.has("retry_safe")) {
            assertEquals(wanted.get("retry_safe").asBoolean(), found.isRetrySafe(), "retry_safe");
        }
        if (wanted.has("prefers_http2")) {
            assertEquals(wanted.get("prefers_http2").asBoolean(), found.isHttp2Preferred(), "prefers_http2");
        }
        if (wanted.has("headers")) {
            Map<String, String> headers = new TreeMap<>();
            for (HttpRequest.Header header : found.getHeaders()) {
                String name = header.getName().toLowerCase(java.util.Locale.ROOT);
                if (!PLAIN_HEADERS.contains(name)) {
                    assertNull(headers.put(name, text(header.getValue())), () -> name + " is sent twice");
                }
            }
            expectAll(wanted.get("headers"), headers, "header ");
        }
        String body = new String(found.getBody(), StandardCharsets.ISO_8859_1);
        if (wanted.has("form")) {
            expectAll(wanted.get("form"), form(body), "field ");
        }
        if (wanted.has("body")) {
            expect(wantedText(wanted.get("body")), body, "body");
        }
    }

    private void expectMember(JsonNode wanted, String member, String found) {
        if (wanted.has(member)) {
            expect(text(wanted.get(member).asText()), text(found), member);
        }
    }

    private void expectAll(JsonNode wanted, Map<String, String> found, String what) {
        Set<String> names = new TreeSet<>();
        wanted.fieldNames().forEachRemaining(names::add);
        assertEquals(names, new TreeSet<>(found.keySet()), what + "names");
        for (String name : names) {
            expect(wantedText(wanted.get(name)), found.get(name), what + name);
        }
    }

    private static Map<String, String> form(String body) {
        Map<String, String> fields = new TreeMap<>();
        for (String pair : body.isEmpty() ? new String[0] : body.split("&", -1)) {
            int equals = pair.indexOf('=');
            assertTrue(equals >= 0, "a field without =");
            String name = formDecoded(pair.substring(0, equals));
            assertNull(fields.put(name, formDecoded(pair.substring(equals + 1))), () -> name + " is sent twice");
        }
        return fields;
    }

    private static String formDecoded(String encoded) {
        return java.net.URLDecoder.decode(encoded, StandardCharsets.ISO_8859_1);
    }

    private static String formEncoded(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c < 0x80 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0)) {
                out.append(c);
            } else {
                out.append(String.format("%%%02X", (int) c));
            }
        }
        return out.toString();
    }

    /** Holes without a value are filled from what was found; the others must be equal. */
    private void expect(String wanted, String found, String what) {
        StringBuilder pattern = new StringBuilder();
        List<String> names = new ArrayList<>();
        int at = 0;
        Matcher hole = HOLE.matcher(wanted);
        while (hole.find()) {
            pattern.append(Pattern.quote(wanted.substring(at, hole.start())));
            String known = captured.get(hole.group(1));
            if (known != null) {
                pattern.append(Pattern.quote(hole.group(2) == null ? known : formEncoded(known)));
            } else if (names.contains(hole.group(1))) {
                pattern.append('\\').append(names.indexOf(hole.group(1)) + 1);
            } else {
                names.add(hole.group(1));
                pattern.append("(.+?)");
            }
            at = hole.end();
        }
        pattern.append(Pattern.quote(wanted.substring(at)));
        Matcher match = Pattern.compile(pattern.toString(), Pattern.DOTALL).matcher(found);
        assertTrue(match.matches(), () -> what + ": expected " + wanted + ", found " + found);
        for (int i = 0; i < names.size(); i++) {
            captured.put(names.get(i), match.group(i + 1));
        }
    }

    static void expectError(JsonNode wanted, HeadlessIdException error) {
        for (Iterator<Map.Entry<String, JsonNode>> each = wanted.fields(); each.hasNext(); ) {
            Map.Entry<String, JsonNode> member = each.next();
            JsonNode value = member.getValue();
            switch (member.getKey()) {
                case "message_has":
                case "hint_has":
                    String text = member.getKey().equals("hint_has") ? error.getHint() : error.getMessage();
                    for (JsonNode part : value.isArray() ? value : JSON.createArrayNode().add(value)) {
                        // The vectors name settings and parameters as the catalogue does.
                        String wantedText = HeadlessIdException.inJava(part.asText());
                        assertTrue(text != null && text.contains(wantedText), () -> "'" + wantedText + "' is not in: " + text);
                    }
                    break;
                case "http_status":
                    assertEquals(value.asInt(), error.getHttpStatus(), error::toString);
                    break;
                case "outcome_unknown":
                    assertEquals(value.asBoolean(), error.isOutcomeUnknown(), error::toString);
                    break;
                case "retry_after_ms":
                    assertEquals(value.asLong(-1), error.getRetryAfterMillis(), error::toString);
                    break;
                default:
                    String found = textMember(member.getKey(), error);
                    boolean ours = member.getKey().equals("field") || member.getKey().equals("message") || member.getKey().equals("hint");
                    String expected = value.isNull() ? "" : ours ? HeadlessIdException.inJava(value.asText()) : value.asText();
                    assertEquals(expected, found == null ? "" : found, () -> member.getKey() + " of " + error);
            }
        }
    }

    private static String textMember(String name, HeadlessIdException error) {
        switch (name) {
            case "kind":
                return error.getKind().name();
            case "advice":
                return error.getAdvice().name();
            case "reason":
                return error.getReason();
            case "message":
                return error.getMessage();
            case "hint":
                return error.getHint();
            case "field":
                return error.getField();
            case "server_code":
                return error.getServerCode();
            case "server_text":
                return error.getServerText();
            default:
                throw new AssertionError("the player does not know an error's " + name);
        }
    }

    // ---- what is given

    private byte[] bytesOf(JsonNode value) {
        // Bytes stay unchanged; holes are for text.
        return (value.has("base64") ? rawText(value) : filled(rawText(value))).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The expected text with its holes. */
    private String wantedText(JsonNode value) {
        return rawText(value);
    }

    private String rawText(JsonNode value) {
        if (value.isTextual()) {
            return text(value.asText());
        }
        if (value.isArray()) {
            StringBuilder joined = new StringBuilder();
            value.forEach(part -> joined.append(rawText(part)));
            return joined.toString();
        }
        if (value.has("repeat")) {
            return rawText(value.get("repeat")).repeat(value.get("times").asInt());
        }
        if (value.has("base64")) {
            return new String(Base64.getDecoder().decode(value.get("base64").asText()), StandardCharsets.ISO_8859_1);
        }
        if (value.has("json")) {
            try {
                return text(JSON.writeValueAsString(value.get("json")));
            } catch (JsonProcessingException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("no such kind of text: " + value);
    }

    private String filled(String text) {
        return HOLE.matcher(text).replaceAll(hole -> {
            String value = captured.get(hole.group(1));
            assertNotNull(value, () -> "nothing was captured for " + hole.group());
            return Matcher.quoteReplacement(hole.group(2) == null ? value : formEncoded(value));
        });
    }

    /** One char per byte of the UTF-8. */
    private static String text(String string) {
        return new String(Utf8.encode(string), StandardCharsets.ISO_8859_1);
    }

    private static String string(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return out.toString(StandardCharsets.UTF_8);
    }

    // ---- variants

    /** The vector itself, if it is complete, and each of its variants, by name. */
    static Map<String, JsonNode> spread(String name, ObjectNode vector) {
        Map<String, JsonNode> spread = new java.util.LinkedHashMap<>();
        JsonNode variants = vector.remove("variants");
        if (vector.has("end") || vector.has("refused")) {
            spread.put(name, vector);
        }
        for (int i = 0; variants != null && i < variants.size(); i++) {
            spread.put(name + "[" + i + "]", varied(vector, (ObjectNode) variants.get(i)));
        }
        return spread;
    }

    private static JsonNode varied(ObjectNode vector, ObjectNode variant) {
        ObjectNode merged = vector.deepCopy();
        for (Iterator<Map.Entry<String, JsonNode>> each = variant.fields(); each.hasNext(); ) {
            Map.Entry<String, JsonNode> member = each.next();
            String name = member.getKey();
            if (name.equals("response") || name.equals("no_response")) {
                ObjectNode last = (ObjectNode) merged.get("steps").get(merged.get("steps").size() - 1);
                last.remove(List.of("response", "no_response"));
                last.set(name, member.getValue());
            } else if (name.equals("settings") || name.equals("parameters")) {
                ObjectNode values = merged.has(name) ? (ObjectNode) merged.get(name) : merged.putObject(name);
                member.getValue().fields().forEachRemaining(value -> {
                    if (value.getValue().isNull()) {
                        values.remove(value.getKey());
                    } else {
                        values.set(value.getKey(), value.getValue());
                    }
                });
            } else {
                merged.set(name, member.getValue());
            }
        }
        if (variant.has("refused")) {
            merged.remove(List.of("steps", "end"));
        } else if (variant.has("end")) {
            merged.remove("refused");
        }
        return merged;
    }
}
