package io.headlessid;

import org.jetbrains.annotations.NotNull;

/** The native library itself. Any thread. */
public final class HeadlessId {
    private HeadlessId() {}

    /** The library's version, for people: "0.1.0". */
    public static @NotNull String version() {
        NativeLoader.load();
        return Utf8.decode(Native.hlid_version());
    }

    /** Every setting of an app and every flow, with its parameters and what it returns, as JSON. */
    public static @NotNull String catalogue() {
        NativeLoader.load();
        return Utf8.decode(Native.hlid_catalogue());
    }

    /** Whether this build has a client of its own on libcurl; without it, give the client a {@link Transport}. */
    public static boolean hasClient() {
        NativeLoader.load();
        return Native.hlid_has_client() != 0;
    }
}
