import io.headlessid.Client;
import io.headlessid.MemoryStore;
import io.headlessid.Session;
import io.headlessid.Sessions;
import io.headlessid.TokenSet;
import io.headlessid.testing.SimulatedOrg;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.InMemoryOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.OAuth2AccessToken;

/**
 * A session's access token without a refresh, beside Spring Security's; a session begun, and refreshed at a simulated org, beside
 * the refresh flow alone.
 */
final class SessionBench {
    private static final int CALLS = 300_000;
    private static final int BEGUN = 20_000;
    // Each is a request: the first rounds compile.
    private static final int REFRESHED = 500;
    private static final Map<String, byte[]> KEYS = Map.of("k1", new byte[32]);
    private static final String TOKEN = "00D!" + "x".repeat(108);

    private SessionBench() {}

    private interface Get {
        String token();
    }

    static void run() {
        withoutARefresh();
        peer();
        ofAnOrg();
    }

    private static void ofAnOrg() {
        try (SimulatedOrg org = SimulatedOrg.start(); Client client = org.clientBuilder().build();
                Sessions sessions = client.sessions(new MemoryStore(), KEYS)) {
            SimulatedOrg.User user = org.getUsers().get(0);
            TokenSet tokens = client.login(request -> request.username(user.getUsername()).password(user.getPassword()));
            measure("session_begin", BEGUN, () -> sessions.begin("u", tokens));
            Session session = sessions.begin("u", tokens);
            measure("session_refresh", REFRESHED, () -> session.rejected(session.accessToken()));
            TokenSet again = client.login(request -> request.username(user.getUsername()).password(user.getPassword()));
            String[] last = {again.getRefreshToken()};
            measure("session_refresh.bare", REFRESHED, () -> {
                String refreshed = client.refresh(request -> request.refreshToken(last[0])).getRefreshToken();
                // The server may rotate the token or keep it.
                last[0] = refreshed == null ? last[0] : refreshed;
            });
        }
    }

    private static void withoutARefresh() {
        try (Client client = Client.builder().site("https://acme.my.site.com").clientId("3MVG9").redirectUri("https://app.example.com/callback").build();
                Sessions sessions = client.sessions(new MemoryStore(), KEYS)) {
            Session session = sessions.begin("user-42", TokenSet.fromJson("{\"access_token\":\"" + TOKEN + "\",\"refresh_token\":\"5Aep\",\"token_type\":"
                    + "\"Bearer\",\"uvid_carry\":\"absent\",\"expires_at_ms\":" + (System.currentTimeMillis() + 7_200_000) + "}"));
            Duration minute = Duration.ofMinutes(1);
            measure("session_token.ours", CALLS, checked(() -> session.accessToken(minute)));
            measure("session_token.by_key", CALLS, checked(() -> sessions.get("user-42").accessToken(minute)));
        }
    }

    private static void peer() {
        ClientRegistration registration = ClientRegistration.withRegistrationId("salesforce").clientId("3MVG9")
                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE).redirectUri("https://app.example.com/callback")
                .authorizationUri("https://acme.my.site.com/services/oauth2/authorize").tokenUri("https://acme.my.site.com/services/oauth2/token").build();
        InMemoryClientRegistrationRepository registrations = new InMemoryClientRegistrationRepository(registration);
        InMemoryOAuth2AuthorizedClientService service = new InMemoryOAuth2AuthorizedClientService(registrations);
        TestingAuthenticationToken user = new TestingAuthenticationToken("user-42", "");
        Instant now = Instant.now();
        service.saveAuthorizedClient(new OAuth2AuthorizedClient(registration, "user-42",
                new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, TOKEN, now, now.plusSeconds(7200))), user);
        AuthorizedClientServiceOAuth2AuthorizedClientManager manager = new AuthorizedClientServiceOAuth2AuthorizedClientManager(registrations, service);
        measure("session_token.peer", CALLS, checked(() -> manager.authorize(
                OAuth2AuthorizeRequest.withClientRegistrationId("salesforce").principal(user).build()).getAccessToken().getTokenValue()));
    }

    private static Runnable checked(Get get) {
        return () -> {
            if (get.token().length() != TOKEN.length()) {
                throw new IllegalStateException("another token");
            }
        };
    }

    private static void measure(String name, int calls, Runnable call) {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long began = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                call.run();
            }
            // The first rounds compile; the store is asked every five seconds.
            best = Math.min(best, (System.nanoTime() - began) / 1e3 / calls);
        }
        System.out.println(String.format(Locale.ROOT, "{\"name\":\"java.%s\",\"value\":%.3f,\"unit\":\"us\"}", name, best));
    }
}
