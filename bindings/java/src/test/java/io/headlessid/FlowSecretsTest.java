package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every flow with a mark in each of its secrets, and a server that says them all back: nothing that is shown holds one. */
class FlowSecretsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MY_DOMAIN = "https://acme.my.salesforce.com";
    private static final String CLAIMS = Base64.getUrlEncoder().withoutPadding().encodeToString(
            "{\"did\":\"MARK-did\",\"sub\":\"uvid:4f8fad5b-d9cb-469f-a165-70867728950e\",\"exp\":4102444800}".getBytes(StandardCharsets.UTF_8));
    private static final String JWT = "eyJhbGciOiJSUzI1NiJ9." + CLAIMS + ".c2ln";
    private static final String ASSERTION = "<Assertion ID=\"a\"><SignatureValue>MARK-signature-value</SignatureValue></Assertion>";
    private static final Map<String, String> GIVEN = Map.of("actor_token", JWT, "guest_token", JWT,
            "token_url", MY_DOMAIN + "/services/oauth2/token?so=00D", "id", MY_DOMAIN + "/id/00DEx0000001abcEAA/005Ex0000002defIAA",
            "path", "/shop/s/orders", "redirect_uris", Fixtures.REDIRECT_URI, "verification_method", "email");
    // Of what excludes each other the second is left out.
    private static final Set<String> LEFT_OUT = Set.of("guest", "tokens", "login_hint", "customdata", "device_key");

    static List<String> flows() throws Exception {
        List<String> names = new ArrayList<>();
        JSON.readTree(HeadlessId.catalogue()).get("flows").forEach(flow -> names.add(flow.get("name").asText()));
        return names;
    }

    private static JsonNode describe(String name) throws Exception {
        for (JsonNode flow : JSON.readTree(HeadlessId.catalogue()).get("flows")) {
            if (flow.get("name").asText().equals(name)) {
                return flow;
            }
        }
        throw new AssertionError(name);
    }

    private static Map<String, String> markedParameters(JsonNode flow) {
        Map<String, String> chosen = new LinkedHashMap<>();
        for (JsonNode each : flow.get("parameters")) {
            String name = each.get("name").asText();
            boolean secret = each.get("secret").asBoolean();
            boolean excluded = false;
            for (JsonNode other : each.get("excludes")) {
                excluded |= chosen.containsKey(other.asText());
            }
            if (LEFT_OUT.contains(name) || excluded || !(secret || each.get("required").asBoolean() || name.equals("username"))) {
                continue;
            }
            String value = secret ? "MARK-" + name : each.get("choices").path(0).asText("lena@example.com");
            if (name.equals("assertion")) {
                value = flow.get("name").asText().equals("saml_assertion") ? "<Response>" + ASSERTION + "</Response>" : ASSERTION;
            } else if (each.get("kind").asText().equals("json")) {
                value = "{\"lastName\":\"MARK-name\",\"token\":\"MARK-token\",\"SerialNumber\":\"MARK-serial\"}";
            }
            chosen.put(name, GIVEN.getOrDefault(name, value));
        }
        return chosen;
    }

    private static void assertClean(String text) {
        assertFalse(text.contains("MARK") || text.contains(CLAIMS), text);
    }

    private static String match(String pattern, String text) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        return found.find() ? found.group(1) : "";
    }

    @ParameterizedTest
    @MethodSource("flows")
    void z09_a_flow_shows_nothing_of_what_it_is_given(String name) throws Exception {
        JsonNode description = describe(name);
        boolean atSite = description.get("hosts").toString().contains("\"site\"");
        Map<String, String> parameters = markedParameters(description);
        byte[] said = JSON.writeValueAsBytes(Map.of("error", "invalid_grant", "error_description", parameters.toString()));
        App.Builder settings = App.builder().site(atSite ? Fixtures.SITE : MY_DOMAIN).clientId("c").redirectUri(Fixtures.REDIRECT_URI)
                .clientSecret("secretMARK").signedBy("host").sealKeys("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        try (App app = settings.build(); Flow flow = app.newFlow(name)) {
            flow.setTrace(true);
            parameters.forEach(flow::set);
            Step step = flow.next(Fixtures.NOW);
            for (int turn = 0; turn < 12 && !(step instanceof Step.Failed); turn++) {
                assertClean(step + " " + flow);
                if (step instanceof Step.Send) {
                    assertClean(((Step.Send) step).getRequest().toString());
                    flow.giveResponse(HttpResponse.builder(400).header("Content-Type", "application/json").body(said).build());
                } else if (step instanceof Step.Sign) {
                    flow.giveValue("signature", "MARK".repeat(64).getBytes(StandardCharsets.UTF_8));
                } else if (step instanceof Step.Ask) {
                    flow.giveValue(((Step.Ask) step).getName(), "MARK-" + ((Step.Ask) step).getName());
                } else if (step instanceof Step.Show) {
                    String url = ((Step.Show) step).getUrl();
                    String state = match("[?&]state=([^&]+)", url);
                    String begin = match("response_type=(token|hybrid_token)", url).isEmpty() ? "?" : "#";
                    flow.giveValue("callback_url", Fixtures.REDIRECT_URI + begin + "error=access_denied&error_description=" + state + "&state=" + state);
                }
                step = flow.next(Fixtures.NOW);
            }
            HeadlessIdException error = assertInstanceOf(Step.Failed.class, step).getError();
            StringWriter trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            assertClean(step + " " + error + " " + error.getServerText() + " " + error.getHint() + trace);
            assertClean(flow.getTrace());
        }
    }
}
