package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headlessid.testing.SimulatedOrg;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The flows in which a person approves the app in a browser: web server, user-agent, hybrid, OAuth 1.0a, and the logout. */
@SuppressWarnings("deprecation")
class BrowserFlowsTest {
    private static final List<String> WEB_SCOPES = List.of("web", "api", "openid", "refresh_token", "content", "lightning", "visualforce");
    private static SimulatedOrg org;
    private static OkHttpClient browser;

    @BeforeAll
    static void startOrg() {
        org = SimulatedOrg.start();
        browser = new OkHttpClient.Builder().sslSocketFactory(org.getSocketFactory(), org.getTrustManager()).followRedirects(false).build();
    }

    @AfterAll
    static void stopOrg() {
        browser.dispatcher().executorService().shutdown();
        browser.connectionPool().evictAll();
        org.close();
    }

    @BeforeEach
    void signIn() {
        org.reset();
        org.changeSettings(Map.of("signed_in_user", org.getUser().getUsername()));
    }

    /** Where the page leads a browser that is signed in. */
    private static String arrive(String url) throws IOException {
        try (Response response = browser.newCall(new Request.Builder().url(url).build()).execute()) {
            return response.header("Location");
        }
    }

    private static String read(String url) throws IOException {
        try (Response response = browser.newCall(new Request.Builder().url(url).build()).execute()) {
            return response.body().string();
        }
    }

    private static String nameOf(Client client, String accessToken) {
        return client.userinfo(request -> request.accessToken(accessToken)).getPreferredUsername();
    }

    /** The page of OAuth 1.0a where Lena approves. */
    private static String asLena(Challenge<?> challenge) {
        return challenge.getUrl() + "&user=" + URLEncoder.encode(org.getUser().getUsername(), StandardCharsets.UTF_8);
    }

    /** Of an app that shows the org's pages in a web view, with tokens that they accept. */
    private static Client hybridClient(SimulatedOrg.App app) {
        org.change(Map.of("apps", List.of(
                Map.of("client_id", app.getClientId(), "scopes", WEB_SCOPES, "is_named_user_jwt_enabled", false))));
        return org.clientBuilder(app).scope(String.join(" ", WEB_SCOPES)).build();
    }

    private static Client oauth1Client() {
        return org.clientBuilder(org.getPrivateApp()).site(org.getOrigin()).redirectUri("https://app.example.com/callback").build();
    }

    @Test
    void the_web_server_flow_through_a_ticket() throws Exception {
        try (Client client = org.clientBuilder().sealKeys("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").build()) {
            String ticket = client.webServer(request -> request.scope("openid api")).seal("session of Lena");
            Challenge<TokenSet> challenge = client.resume(ticket, "session of Lena", FlowKinds.WEB_SERVER);
            assertEquals("callback_url", challenge.getAsks());
            HeadlessIdException elsewhere = assertThrows(HeadlessIdException.class, () -> challenge.verify("https://elsewhere.example/?code=x"));
            assertEquals("callbackUrl", elsewhere.getField());
            TokenSet me = challenge.verifyAsync(arrive(challenge.getUrl())).get(20, TimeUnit.SECONDS);
            assertNotNull(me.getIdToken());
            assertEquals(org.getUser().getUsername(), nameOf(client, me.getAccessToken()));
        }
    }

    @Test
    void the_user_agent_flow() throws Exception {
        try (Client client = org.clientBuilder().build()) {
            Challenge<TokenSet> challenge = client.userAgent(request -> request.responseType("token id_token").scope("openid api"));
            TokenSet me = challenge.verify(arrive(challenge.getUrl()));
            assertNotNull(me.getIdToken());
            assertEquals(org.getUser().getUsername(), nameOf(client, me.getAccessToken()));
            org.changeSettings(Map.of("block_oauth_usr_agt_flow", true));
            Challenge<TokenSet> blocked = client.userAgent(request -> { });
            String back = arrive(blocked.getUrl());
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> blocked.verify(back));
            assertTrue(error.getHint().contains("blockOAuthUsrAgtFlow"), error::toString);
        }
    }

    @Test
    void the_hybrid_web_server_flow() throws Exception {
        try (Client client = hybridClient(org.getPrivateApp())) {
            Challenge<HybridTokenSet> challenge = client.hybridWebServer(request -> { });
            HybridTokenSet me = challenge.verify(arrive(challenge.getUrl()));
            for (String sid : new String[] {me.getContentSid(), me.getLightningSid(), me.getVisualforceSid(), me.getCsrfToken()}) {
                assertNotNull(sid);
                assertTrue(!me.toString().contains(sid), "a session id is shown");
            }
            Set<String> names = new HashSet<>();
            for (JsonNode cookie : new ObjectMapper().readTree(me.getCookies())) {
                names.add(cookie.get("name").asText());
            }
            assertTrue(names.containsAll(Set.of("sid", "clientSrc", "sid_Client")), names::toString);
        }
    }

    @Test
    void hybrid_refresh() throws Exception {
        try (Client client = hybridClient(org.getPrivateApp())) {
            Challenge<HybridTokenSet> challenge = client.hybridWebServer(request -> { });
            HybridTokenSet me = challenge.verify(arrive(challenge.getUrl()));
            HybridTokenSet again = client.hybridRefresh(request -> request.refreshToken(me.getRefreshToken()));
            assertNotNull(again.getLightningSid());
            assertNotEquals(me.getLightningSid(), again.getLightningSid());
        }
    }

    @Test
    void the_hybrid_user_agent_flow() throws Exception {
        try (Client client = hybridClient(org.getPublicApp())) {
            Challenge<HybridTokenSet> challenge = client.hybridUserAgent(request -> { });
            HybridTokenSet me = challenge.verify(arrive(challenge.getUrl()));
            assertNotNull(me.getLightningSid());
            assertEquals(org.getUser().getUsername(), nameOf(client, me.getAccessToken()));
        }
    }

    @Test
    void oauth1_by_a_callback_and_a_session_later() throws Exception {
        String name = org.getUser().getUsername();
        try (Client client = oauth1Client(); Client site = org.clientBuilder().build()) {
            Challenge<OAuth1Session> challenge = client.oauth1(request -> request.tokenOnly(true));
            OAuth1Session token = challenge.verify(arrive(asLena(challenge)));
            assertNull(token.getSessionId());
            OAuth1Session session = client.oauth1(request -> request.oauthToken(token.getOauthToken())
                    .oauthTokenSecret(token.getOauthTokenSecret())).getResult();
            assertTrue(session.getServerUrl().startsWith(org.getOrigin()), session.getServerUrl());
            assertEquals(name, nameOf(site, session.getSessionId()));
        }
    }

    @Test
    void oauth1_by_a_verifier_that_is_typed_wrong_and_then_right() throws Exception {
        try (Client client = oauth1Client()) {
            Challenge<OAuth1Session> challenge = client.oauth1(request -> request.oauthCallback("oob"));
            assertEquals("oauth_verifier", challenge.getAsks());
            assertNull(challenge.getProblem());
            HeadlessIdException wrong = assertThrows(HeadlessIdException.class, () -> challenge.verify(answers -> answers.oauthVerifier("wrong")));
            assertEquals("verifier_refused", wrong.getReason());
            assertEquals("1711", wrong.getServerCode());
            // It still shows the page, and says what was wrong.
            assertEquals("verifier_refused", challenge.getProblem().getReason());
            Matcher shown = Pattern.compile("<code>([^<]+)</code>").matcher(read(asLena(challenge)));
            assertTrue(shown.find());
            assertNotNull(challenge.verify(answers -> answers.oauthVerifier(shown.group(1))).getSessionId());
        }
    }

    @Test
    void a_logout_says_where_a_browser_ends_its_session() throws Exception {
        try (Client client = org.clientBuilder().build()) {
            TokenSet me = client.login(r -> r.username(org.getUser().getUsername()).password(org.getUser().getPassword()));
            assertNull(client.logout(me).getEndSessionUrl());
            String url = client.logout(request -> request.tokens(me).postLogoutRedirectUri("https://app.example.com/bye").state("a-state"))
                    .getEndSessionUrl();
            assertTrue(url.startsWith(org.getSite() + "/services/auth/idp/oidc/logout?"), url);
            assertEquals("https://app.example.com/bye?state=a-state", arrive(url));
        }
    }
}
