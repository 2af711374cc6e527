package io.headlessid;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.headlessid.internal.JsonText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * The part of a guest that an app stores: the visitor's id, the token that proves it, and when to renew that.
 * Immutable; accepted wherever a guest is, and {@code client.guest(r -> r.guest(visitor))} renews it. Every
 * language reads the text of {@link #toJson}.
 */
public final class Visitor implements GuestIdentity {
    private final String uvid;
    private final transient String accessToken;
    private final Long renewAtMs;

    /** @param renewAtMs milliseconds since 1970; null if the token does not say when it expires */
    public Visitor(@NotNull String uvid, @NotNull String accessToken, @Nullable Long renewAtMs) {
        this.uvid = Objects.requireNonNull(uvid, "uvid");
        this.accessToken = Objects.requireNonNull(accessToken, "accessToken");
        this.renewAtMs = renewAtMs;
    }

    /** @throws HeadlessIdException ARGUMENT for a text that {@link #toJson} did not write */
    public static @NotNull Visitor fromJson(@NotNull String json) {
        Map<String, Object> fields = JsonText.readObject(json);
        Object uvid = fields == null ? null : fields.get("uvid");
        Object token = fields == null ? null : fields.get("access_token");
        Object renewAt = fields == null ? null : fields.get("renew_at_ms");
        if (!(uvid instanceof String) || !(token instanceof String) || renewAt != null && !(renewAt instanceof Long)) {
            throw HeadlessIdException.argument("visitor", "is not the text of Visitor.toJson");
        }
        return new Visitor((String) uvid, (String) token, (Long) renewAt);
    }

    /** Everything as text to store. Secret: it holds the token. */
    public @NotNull String toJson() {
        return text(uvid, accessToken, renewAtMs).toString();
    }

    /** As the library writes and reads it; null values are left out. */
    static CharSequence text(String uvid, String accessToken, Long renewAtMs) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("uvid", uvid);
        fields.put("access_token", accessToken);
        fields.put("renew_at_ms", renewAtMs);
        fields.values().removeIf(value -> value == null);
        return JsonText.write(fields);
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

    /** When to renew it, in milliseconds since 1970; null if the token does not say when it expires. */
    public @Nullable Long getRenewAtMs() {
        return renewAtMs;
    }

    /** Whether it is time to renew it, by the system's clock. Never, if the token does not say when it expires. */
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
