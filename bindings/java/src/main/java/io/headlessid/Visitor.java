package io.headlessid;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.headlessid.internal.JsonText;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * What an app keeps of a guest: which visitor it is, the token that proves it, and when to renew that.
 * Immutable; goes wherever a guest does, and {@code client.guest(r -> r.guest(visitor))} renews it. The text
 * of {@link #toJson} is read in every language.
 */
public final class Visitor implements GuestIdentity {
    private final String uvid;
    private final transient String accessToken;
    private final Long renewAtMs;

    /** @param renewAtMs milliseconds since 1970; null where the token does not say when it ends */
    public Visitor(@NotNull String uvid, @NotNull String accessToken, @Nullable Long renewAtMs) {
        this.uvid = uvid;
        this.accessToken = accessToken;
        this.renewAtMs = renewAtMs;
    }

    /** @throws HeadlessIdException ARGUMENT for a text that {@link #toJson} did not write */
    public static @NotNull Visitor fromJson(@NotNull String json) {
        Map<String, Object> fields = JsonText.readObject(json);
        Object uvid = fields == null ? null : fields.get("uvid");
        Object token = fields == null ? null : fields.get("access_token");
        Object renewAt = fields == null ? null : fields.get("renew_at_ms");
        if (!(uvid instanceof String) || !(token instanceof String) || renewAt != null && !(renewAt instanceof Long)) {
            throw HeadlessIdException.argument("visitor", "is not what toJson wrote");
        }
        return new Visitor((String) uvid, (String) token, (Long) renewAt);
    }

    /** Everything as text, for where the app keeps it. Holds the token: secret. */
    public @NotNull String toJson() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("uvid", uvid);
        fields.put("access_token", accessToken);
        if (renewAtMs != null) {
            fields.put("renew_at_ms", renewAtMs);
        }
        return JsonText.write(fields).toString();
    }

    @Override
    public @NotNull String getUvid() {
        return uvid;
    }

    @JsonIgnore
    @Override
    public @NotNull String getAccessToken() {
        return accessToken;
    }

    /** When to renew it, in milliseconds since 1970; null where the token does not say when it ends. */
    public @Nullable Long getRenewAtMs() {
        return renewAtMs;
    }

    /** Whether it is time to renew it, by the system's clock. Never, where the token does not say when it ends. */
    public boolean isDue() {
        return isDue(System.currentTimeMillis());
    }

    /** The same by the caller's clock. */
    public boolean isDue(long nowMillis) {
        return renewAtMs != null && nowMillis >= renewAtMs;
    }

    @Override
    public String toString() {
        return new ToString("Visitor").add("uvid", uvid).addSecret("accessToken", accessToken).add("renewAtMs", renewAtMs).end();
    }
}
