import io.headlessid.Client;
import io.headlessid.MemoryStore;
import io.headlessid.Session;
import io.headlessid.Sessions;
import io.headlessid.TokenSet;
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

/** A session's access token without a refresh, beside Spring Security's. */
final class SessionBench {
    private static final int ROUNDS = 300_000;
    private static final String TOKEN = "00D!" + "x".repeat(108);

    private SessionBench() {}

    private interface Get {
        String token();
    }

    static void run() {
        try (Client client = Client.builder().site("https://acme.my.site.com").clientId("3MVG9").redirectUri("https://app.example.com/callback").build();
                Sessions sessions = client.sessions(new MemoryStore(), Map.of("k1", new byte[32]))) {
            Session session = sessions.begin("user-42", TokenSet.fromJson("{\"access_token\":\"" + TOKEN + "\",\"refresh_token\":\"5Aep\",\"token_type\":"
                    + "\"Bearer\",\"uvid_carry\":\"absent\",\"expires_at_ms\":" + (System.currentTimeMillis() + 7_200_000) + "}"));
            Duration minute = Duration.ofMinutes(1);
            measure("session_token.ours", () -> session.accessToken(minute));
            measure("session_token.by_key", () -> sessions.get("user-42").accessToken(minute));
        }
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
        measure("session_token.peer", () -> manager.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("salesforce").principal(user).build())
                .getAccessToken().getTokenValue());
    }

    private static void measure(String name, Get get) {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long began = System.nanoTime();
            for (int i = 0; i < ROUNDS; i++) {
                if (get.token().length() != TOKEN.length()) {
                    throw new IllegalStateException("another token");
                }
            }
            // The first rounds compile; the store is asked every five seconds.
            best = Math.min(best, (System.nanoTime() - began) / 1e3 / ROUNDS);
        }
        System.out.println(String.format(Locale.ROOT, "{\"name\":\"java.%s\",\"value\":%.3f,\"unit\":\"us\"}", name, best));
    }
}
