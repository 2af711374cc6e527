package io.headlessid;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * A session's access token, and what is known of it. Never a refresh token. A field is null if the server sent none. Immutable.
 *
 * <p>JSON mappers (Jackson, Gson, Moshi) and Java's serialization never see the token.
 */
public final class SessionToken {
    private final transient FlowResult result;

    SessionToken(FlowResult result) {
        this.result = result;
    }

    /** The same token as this process has it: had without a look at the store. */
    SessionToken held() {
        if (!isRefreshed() && getRefreshFailure() == null) {
            return this;
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (String name : result.getNames()) {
            fields.put(name, result.get(name));
        }
        fields.put("refreshed", "false");
        fields.remove("refresh_failure");
        return new SessionToken(new FlowResult(fields));
    }

    FlowResult toResult() {
        return result;
    }

    /** The token, opaque or a JWT. Secret. */
    @JsonIgnore
    public @NotNull String getAccessToken() {
        return result.get("access_token");
    }

    /** Always Bearer; null where the store is away and this is the token that the process had. */
    public @Nullable String getTokenType() {
        return result.get("token_type");
    }

    /** opaque or jwt. */
    public @Nullable String getTokenFormat() {
        return result.get("token_format");
    }

    /** Scopes that were granted. */
    public @Nullable List<String> getScope() {
        return result.getList("scope");
    }

    /** Base address of the org's APIs. */
    public @Nullable String getInstanceUrl() {
        return result.get("instance_url");
    }

    /** When the token was issued, in milliseconds since 1970. */
    public @Nullable Long getIssuedAtMs() {
        return result.getLong("issued_at_ms");
    }

    /** When the token expires, in milliseconds since 1970; null: not known. */
    public @Nullable Long getExpiresAtMs() {
        return result.getLong("expires_at_ms");
    }

    /** The user's identity URL. */
    public @Nullable String getId() {
        return result.get("id");
    }

    /** The visitor's UVID. */
    public @Nullable String getUvid() {
        return result.get("uvid");
    }

    /** The site's address as the server reports it. */
    public @Nullable String getSiteUrl() {
        return result.get("site_url");
    }

    /** The site's Network id. */
    public @Nullable String getSiteId() {
        return result.get("site_id");
    }

    /** Whether it was refreshed by this call, in this process. */
    public boolean isRefreshed() {
        return Boolean.TRUE.equals(result.getBoolean("refreshed"));
    }

    /** Why this is the old token, which still lasts: the reason that its refresh failed for, as in an error. Null: it did not fail. */
    public @Nullable String getRefreshFailure() {
        return result.get("refresh_failure");
    }

    /** Public values, and dots for the token. */
    @Override
    public String toString() {
        return new ToString("SessionToken")
                .addSecret("accessToken", result.get("access_token"))
                .add("tokenFormat", getTokenFormat())
                .add("scope", result.get("scope"))
                .add("instanceUrl", getInstanceUrl())
                .add("issuedAtMs", getIssuedAtMs())
                .add("expiresAtMs", getExpiresAtMs())
                .add("id", getId())
                .add("uvid", getUvid())
                .add("refreshed", isRefreshed())
                .add("refreshFailure", getRefreshFailure())
                .end();
    }
}
