package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shared by the tests: an app without a network, and the responses of a site that accepts everything. */
final class Fixtures {
    static final String SITE = "https://acme.my.site.com/shop";
    static final String REDIRECT_URI = "https://app.example.com/callback";
    static final String USERNAME = "lena.ortiz@example.com";
    /** Marked, so that a search finds any copy of it. */
    static final String PASSWORD = "P4ss+w&rd=1:x-MARKpassword";
    static final long NOW = 1767225600000L;

    private Fixtures() {}

    static Path repository() {
        return Paths.get(System.getProperty("headlessid.repository")).toAbsolutePath().normalize();
    }

    static App app() {
        return App.builder().site(SITE).clientId("3MVG9Example.ClientId").redirectUri(REDIRECT_URI).build();
    }

    static Flow login(App app) {
        return app.newFlow("login").set("username", USERNAME).set("password", PASSWORD);
    }

    /** The value of a form field of a request. */
    static String field(HttpRequest request, String name) {
        Matcher found = Pattern.compile("(?:^|&)" + name + "=([^&]*)").matcher(new String(request.getBody(), StandardCharsets.UTF_8));
        return found.find() ? java.net.URLDecoder.decode(found.group(1), StandardCharsets.UTF_8) : null;
    }

    /** The responses of a site that accepts every password: a code, then a token. */
    static HttpResponse yes(HttpRequest request) {
        if (request.getName().equals("authorize")) {
            String state = java.net.URLEncoder.encode(field(request, "state"), StandardCharsets.UTF_8);
            return HttpResponse.builder(302).header("Location", REDIRECT_URI + "?code=aPrxMARKcode&state=" + state).build();
        }
        return HttpResponse.builder(200).header("Content-Type", "application/json").body(("{\"access_token\":\"00DMARKtoken!x\","
                + "\"refresh_token\":\"5AepMARKrefresh\",\"token_type\":\"Bearer\",\"instance_url\":\"https://acme.my.salesforce.com\","
                + "\"id\":\"https://login.salesforce.com/id/00DEx0000001abcEAA/005Ex0000002defIAA\","
                + "\"issued_at\":\"1767225600000\",\"scope\":\"openid api\"}").getBytes(StandardCharsets.UTF_8)).build();
    }

    /** Plays a whole login through the step loop, without a network. */
    static FlowResult play(Flow flow) {
        while (true) {
            Step step = flow.next(NOW);
            if (step instanceof Step.Send) {
                flow.giveResponse(yes(((Step.Send) step).getRequest()));
            } else {
                return assertInstanceOf(Step.Done.class, step, () -> step instanceof Step.Failed
                        ? ((Step.Failed) step).getError().toString() : step.toString()).getResult();
            }
        }
    }

    static HeadlessIdException assertKind(ErrorKind kind, String reason, org.junit.jupiter.api.function.Executable call) {
        HeadlessIdException error = org.junit.jupiter.api.Assertions.assertThrows(HeadlessIdException.class, call);
        assertEquals(kind, error.getKind(), error::toString);
        assertEquals(reason, error.getReason(), error::toString);
        return error;
    }

    /** The same without those that were there before: pools of other tests, whose threads wait a while for more work. */
    static Set<String> ourThreads(Set<String> without) {
        Set<String> names = ourThreads();
        names.removeAll(without);
        return names;
    }

    /** Names of our threads; no two threads have the same, but for those of one kind. */
    static Set<String> ourThreads() {
        Set<String> names = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("headlessid-")) {
                names.add(thread.getName());
            }
        }
        return names;
    }
}
