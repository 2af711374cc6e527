package io.headlessid.spring;

import io.headlessid.Advice;
import io.headlessid.HeadlessIdException;
import io.headlessid.SessionToken;
import io.headlessid.Sessions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import org.jetbrains.annotations.NotNull;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.ClientAuthorizationRequiredException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2Error;

/**
 * Gives Spring Security the tokens of sessions: what asks an {@link OAuth2AuthorizedClientManager} for a client, such as
 * {@code OAuth2ClientHttpRequestInterceptor}, has a token that is refreshed once among all processes. Needs
 * {@code org.springframework.security:spring-security-oauth2-client} 6 and JDK 17. Thread-safe.
 */
public final class SessionAuthorizedClientManager implements OAuth2AuthorizedClientManager {
    private final ClientRegistrationRepository registrations;
    private final Sessions sessions;
    private final Function<OAuth2AuthorizeRequest, String> keys;
    private final Duration minTtl;

    /** With the name of the principal as the session's key, and tokens that last a minute. */
    public SessionAuthorizedClientManager(@NotNull ClientRegistrationRepository registrations, @NotNull Sessions sessions) {
        this(registrations, sessions, request -> request.getPrincipal().getName(), Duration.ofMinutes(1));
    }

    /**
     * @param keys gives the key of the session that a request is about
     * @param minTtl how long each token must last
     */
    public SessionAuthorizedClientManager(@NotNull ClientRegistrationRepository registrations, @NotNull Sessions sessions,
            @NotNull Function<OAuth2AuthorizeRequest, String> keys, @NotNull Duration minTtl) {
        this.registrations = Objects.requireNonNull(registrations, "registrations");
        this.sessions = Objects.requireNonNull(sessions, "sessions");
        this.keys = Objects.requireNonNull(keys, "keys");
        this.minTtl = Objects.requireNonNull(minTtl, "minTtl");
    }

    /**
     * The client with the session's token, and without a refresh token.
     *
     * @throws ClientAuthorizationRequiredException if the person has to sign in
     * @throws ClientAuthorizationException if there is no token for another reason: the error's code is the reason
     */
    @Override
    public @NotNull OAuth2AuthorizedClient authorize(@NotNull OAuth2AuthorizeRequest request) {
        String id = request.getClientRegistrationId();
        ClientRegistration registration = registrations.findByRegistrationId(id);
        if (registration == null) {
            throw new IllegalArgumentException("there is no client registration '" + id + "'");
        }
        SessionToken token;
        try {
            token = sessions.get(keys.apply(request)).token(minTtl);
        } catch (HeadlessIdException e) {
            if (e.getAdvice() == Advice.SIGN_IN_AGAIN) {
                ClientAuthorizationRequiredException required = new ClientAuthorizationRequiredException(id);
                required.initCause(e);
                throw required;
            }
            throw new ClientAuthorizationException(new OAuth2Error(e.getReason(), e.getMessage(), null), id, e);
        }
        Instant expires = token.getExpiresAtMs() == null ? null : Instant.ofEpochMilli(token.getExpiresAtMs());
        return new OAuth2AuthorizedClient(registration, request.getPrincipal().getName(),
                new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, token.getAccessToken(), null, expires));
    }
}
