package io.headlessid;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** A visitor who has not signed in: what a later flow needs to carry the visit over. A {@code Guest} is one, and so is a {@code Visitor}. */
public interface GuestIdentity {
    /** The visitor's UVID. */
    @NotNull String getUvid();

    /** The guest token, or null if only the UVID is known. Secret. */
    @JsonIgnore
    @Nullable String getAccessToken();

    /** An identity from values that the app kept itself, in its own session for example. */
    static @NotNull GuestIdentity of(@NotNull String uvid, @Nullable String accessToken) {
        return new GuestIdentity() {
            @Override
            public @NotNull String getUvid() {
                return uvid;
            }

            @Override
            public String getAccessToken() {
                return accessToken;
            }

            @Override
            public String toString() {
                return new ToString("GuestIdentity").add("uvid", uvid).addSecret("accessToken", accessToken).end();
            }
        };
    }
}
