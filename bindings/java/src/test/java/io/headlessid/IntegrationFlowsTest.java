package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headlessid.testing.SimulatedOrg;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The flows of servers and devices, which show a person nothing. */
@SuppressWarnings("deprecation")
class IntegrationFlowsTest {
    private static final String INTEGRATION = "integration@example.com";
    private static SimulatedOrg org;

    @BeforeAll
    static void startOrg() {
        org = SimulatedOrg.start();
    }

    @AfterAll
    static void stopOrg() {
        org.close();
    }

    @BeforeEach
    void reset() {
        org.reset();
    }

    private static Client atOrg(SimulatedOrg.App app) {
        return org.clientBuilder(app).site(org.getOrigin()).build();
    }

    /** Of the integration app, which signs assertions. */
    private static Client signing(String site) {
        SimulatedOrg.App app = org.getIntegrationApp();
        return org.clientBuilder(app).site(site).privateKey(app.getPrivateKey()).build();
    }

    private static String nameOf(String accessToken) {
        try (Client client = org.clientBuilder().build()) {
            return client.userinfo(request -> request.accessToken(accessToken)).getPreferredUsername();
        }
    }

    private static TokenSet signIn() {
        try (Client client = org.clientBuilder().build()) {
            return client.login(r -> r.username(org.getUser().getUsername()).password(org.getUser().getPassword()).scope("api openid"));
        }
    }

    private static void expectOrgFault(Consumer<Client> call, String site) {
        try (Client client = signing(site)) {
            HeadlessIdException error = assertThrows(HeadlessIdException.class, () -> call.accept(client));
            assertTrue(error.isOrgFault(), error::toString);
        }
    }

    @Test
    void a_token_exchange() throws Exception {
        String lena = org.getUser().getUsername();
        try (Client client = org.clientBuilder(org.getPrivateApp()).build()) {
            TokenSet got = client.exchangeToken(request -> request.subjectToken(lena).subjectTokenType(SubjectTokenType.ACCESS_TOKEN)
                    .tokenHandler("ExampleHandler").scope(List.of("api", "openid")));
            assertEquals(List.of("api", "openid"), got.getScope());
            assertEquals(lena, nameOf(got.getAccessToken()));
            assertNotNull(client.exchangeTokenAsync(request -> request.subjectToken(lena).subjectTokenType("access_token"))
                    .get(20, TimeUnit.SECONDS).getAccessToken());
            HeadlessIdException refused = assertThrows(HeadlessIdException.class,
                    () -> client.exchangeToken(request -> request.subjectToken("unknown@example.com").subjectTokenType("access_token")));
            assertEquals(ErrorKind.REFUSED, refused.getKind());
            assertTrue(!refused.toString().contains("unknown@example.com"), "the subject token is shown");
        }
    }

    @Test
    void a_hybrid_token_exchange() {
        List<String> scopes = List.of("api", "openid", "web", "lightning", "refresh_token");
        SimulatedOrg.App app = org.getPrivateApp();
        org.change(Map.of("apps", List.of(Map.of("client_id", app.getClientId(), "scopes", scopes, "is_named_user_jwt_enabled", false))));
        try (Client client = atOrg(app); Flow flow = client.getApp().newFlow("hybrid_token_exchange")) {
            flow.set("subject_token", org.getUser().getUsername()).set("subject_token_type", "access_token").set("scope", String.join(" ", scopes));
            FlowResult got = assertInstanceOf(Step.Done.class, client.run(flow)).getResult();
            assertNotNull(got.get("lightning_sid"));
            assertTrue(!got.toString().contains(got.get("lightning_sid")), "a session id is shown");
            assertEquals(org.getUser().getUsername(), nameOf(got.get("access_token")));
        }
    }

    @Test
    void jwt_bearer_at_a_site_and_at_the_orgs_host() {
        for (String site : new String[] {org.getSite(), org.getOrigin()}) {
            try (Client client = signing(site)) {
                TokenSet got = client.jwtBearer(request -> request.username(INTEGRATION));
                assertTrue(got.getScope().contains("user_registration_api"), () -> String.valueOf(got.getScope()));
                assertNull(got.getRefreshToken());
            }
            expectOrgFault(client -> client.jwtBearer(request -> request.username("unapproved@example.com")), site);
        }
    }

    @Test
    void saml_bearer() {
        try (Client client = signing(org.getOrigin())) {
            TokenSet got = client.samlBearer(request -> request.username(INTEGRATION));
            assertTrue(got.getScope().contains("user_registration_api"), () -> String.valueOf(got.getScope()));
            assertNull(got.getRefreshToken());
        }
        expectOrgFault(client -> client.samlBearer(request -> request.username("unapproved@example.com")), org.getOrigin());
    }

    /** In canonical form, with the enveloped signature of the org's identity provider. */
    private static String samlResponse() throws Exception {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String until = now.plusSeconds(300).toString();
        String id = "_" + UUID.randomUUID();
        String assertion = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" + id + "\" IssueInstant=\"" + now
                + "\" Version=\"2.0\"><saml:Issuer>https://idp.example.com</saml:Issuer><saml:Subject><saml:NameID>"
                + org.getUser().getUsername() + "</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
                + "<saml:SubjectConfirmationData NotOnOrAfter=\"" + until + "\" Recipient=\"" + org.getOrigin()
                + "\"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotOnOrAfter=\"" + until
                + "\"><saml:AudienceRestriction><saml:Audience>https://saml.salesforce.com</saml:Audience></saml:AudienceRestriction>"
                + "</saml:Conditions></saml:Assertion>";
        String c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(assertion.getBytes(StandardCharsets.UTF_8));
        String info = "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:CanonicalizationMethod Algorithm=\"" + c14n
                + "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">"
                + "</ds:SignatureMethod><ds:Reference URI=\"#" + id + "\"><ds:Transforms>"
                + "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>"
                + "<ds:Transform Algorithm=\"" + c14n + "\"></ds:Transform></ds:Transforms>"
                + "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>"
                + Base64.getEncoder().encodeToString(digest) + "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
        String pem = ask("saml_sso").get("private_key").asText().replaceAll("-----[A-Z ]+-----|\\s", "");
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
        signature.update(info.getBytes(StandardCharsets.UTF_8));
        String element = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">" + info + "<ds:SignatureValue>"
                + Base64.getEncoder().encodeToString(signature.sign()) + "</ds:SignatureValue></ds:Signature>";
        return "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\">"
                + assertion.replace("<saml:Subject>", element + "<saml:Subject>") + "</samlp:Response>";
    }

    @Test
    void a_saml_assertion_is_good_once() throws Exception {
        String assertion = Base64.getEncoder().encodeToString(samlResponse().getBytes(StandardCharsets.UTF_8));
        Consumer<SamlAssertionRequest.Builder> given = request ->
                request.tokenUrl(org.getOrigin() + "/services/oauth2/token?so=00DEx0000001abc").assertion(assertion);
        try (Client client = atOrg(org.getPublicApp())) {
            assertEquals(org.getUser().getUsername(), nameOf(client.samlAssertion(given).getAccessToken()));
            HeadlessIdException again = assertThrows(HeadlessIdException.class, () -> client.samlAssertion(given));
            assertEquals("assertion_refused", again.getReason());
            assertTrue(!again.toString().contains(assertion), "the assertion is shown");
        }
    }

    @Test
    void client_credentials() {
        for (TokenEndpointAuthMethod method : List.of(TokenEndpointAuthMethod.CLIENT_SECRET_POST, TokenEndpointAuthMethod.CLIENT_SECRET_BASIC)) {
            try (Client client = org.clientBuilder(org.getIntegrationApp()).site(org.getOrigin()).tokenEndpointAuthMethod(method).build()) {
                assertTrue(client.clientCredentials().getScope().contains("user_registration_api"));
            }
        }
        try (Client client = org.clientBuilder(org.getIntegrationApp()).site(org.getOrigin()).clientSecret("wrong").build()) {
            HeadlessIdException wrong = assertThrows(HeadlessIdException.class, client::clientCredentials);
            assertEquals("invalid_client", wrong.getReason());
            assertTrue(wrong.isOrgFault(), wrong::toString);
        }
    }

    @Test
    void username_and_password_with_a_security_token() {
        String name = org.getUser().getUsername();
        String password = org.getUser().getPassword();
        org.change(Map.of("users", List.of(Map.of("username", name, "security_token", "SecTok123"))));
        try (Client client = atOrg(org.getPrivateApp())) {
            HeadlessIdException refused = assertThrows(HeadlessIdException.class,
                    () -> client.usernamePassword(request -> request.username(name).password(password)));
            assertEquals("invalid_credentials", refused.getReason());
            assertNull(client.usernamePassword(r -> r.username(name).password(password).securityToken("SecTok123")).getRefreshToken());
            Challenge<TokenSet> challenge = client.startUsernamePassword(r -> r.username(name).securityToken("SecTok123"));
            assertEquals("password", challenge.getAsks());
            assertNotNull(challenge.verify(password).getAccessToken());
        }
    }

    /** As an admin sees it in Setup. */
    private static JsonNode ask(String what) throws IOException {
        OkHttpClient http = new OkHttpClient.Builder().sslSocketFactory(org.getSocketFactory(), org.getTrustManager()).build();
        try (Response response = http.newCall(new Request.Builder().url(org.getOrigin() + "/__sim/" + what).build()).execute()) {
            return new ObjectMapper().readTree(response.body().string());
        } finally {
            http.dispatcher().executorService().shutdown();
            http.connectionPool().evictAll();
        }
    }

    @Test
    void an_asset_token() throws IOException {
        TokenSet session = signIn();
        String certificate = ask("asset_tokens").get("certificate").asText();
        try (Client client = atOrg(org.getPublicApp())) {
            AssetToken got = client.assetToken(request -> request.subjectToken(session.getAccessToken())
                    .deviceKey(org.getIntegrationApp().getPrivateKey()).did("lamp-7")
                    .asset(Map.of("Name", "Lamp 7", "SerialNumber", "SN-7")).assetTokenCertificate(certificate));
            assertTrue(got.getVerified());
            assertEquals("lamp-7", got.getDid());
            assertTrue(!got.toString().contains(got.getAssetToken()), "the asset token is shown");
        }
        assertEquals("SN-7", ask("asset_tokens").get("assets").get(0).get("SerialNumber").asText());
    }

    @Test
    void discovery_and_the_key_set() {
        String jwks;
        try (Client client = org.clientBuilder().build()) {
            Discovery found = client.discover();
            assertEquals(org.getSite(), found.getIssuer());
            assertEquals(org.getSite() + "/services/oauth2/token", found.getTokenEndpoint());
            assertEquals("auth_configuration", client.discover(request -> request.document("auth_configuration")).getDocument());
            KeySet keys = client.jwks();
            assertTrue(!keys.getKids().isEmpty());
            jwks = keys.getJwks();
        }
        // What was fetched once saves every later client the request.
        try (Client client = org.clientBuilder().verifyJwt(true).jwks(jwks).build()) {
            assertNotNull(client.login(r -> r.username(org.getUser().getUsername()).password(org.getUser().getPassword())).getAccessToken());
        }
        assertTrue(org.getSeen().contains("\"keys\":1"), org::getSeen);
    }

    @Test
    void the_identity_of_a_session() {
        TokenSet session = signIn();
        try (Client client = org.clientBuilder().build()) {
            Identity who = client.identity(request -> request.accessToken(session.getAccessToken()).id(session.getId()));
            assertEquals(org.getUser().getUsername(), who.getUsername());
            assertEquals(session.getId(), who.getId());
            String other = session.getId().substring(0, session.getId().length() - 18) + "005Ex0000009xyzIAA";
            HeadlessIdException error = assertThrows(HeadlessIdException.class,
                    () -> client.identity(request -> request.accessToken(session.getAccessToken()).id(other)));
            assertEquals("unknown_identity", error.getReason());
        }
    }
}
