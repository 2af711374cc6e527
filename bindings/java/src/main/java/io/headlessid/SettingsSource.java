package io.headlessid;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Locale;

/** Settings from the places where the command finds them: the environment and a profile file. Read only on request. */
final class SettingsSource {
    private static final String PREFIX = "HEADLESSID_";
    private static final String MILLISECONDS = "_ms";
    private static final int MAX_PROFILE_BYTES = 2 << 20;

    private SettingsSource() {}

    static void environment(Values values, String[] names) {
        String profile = System.getenv(PREFIX + "PROFILE");
        if (profile != null && !profile.isEmpty()) {
            profile(values, Paths.get(profile));
        }
        for (String name : names) {
            String variable = PREFIX + name.toUpperCase(Locale.ROOT);
            String value = System.getenv(variable);
            if ((value == null || value.isEmpty()) && name.endsWith(MILLISECONDS)) {
                value = milliseconds(variable.substring(0, variable.length() - MILLISECONDS.length()), name);
            }
            if (value != null && !value.isEmpty()) {
                values.put(name, value);
            }
        }
    }

    /** A setting in milliseconds may be given in seconds under the shorter name: HEADLESSID_TIMEOUT. */
    private static String milliseconds(String variable, String name) {
        String seconds = System.getenv(variable);
        if (seconds == null || seconds.isEmpty()) {
            return null;
        }
        if (!seconds.matches("[0-9]{0,9}([.][0-9]{1,9})?") || Double.parseDouble("0" + seconds) <= 0) {
            throw HeadlessIdException.argument(CatalogueNames.inJava(name), "must be a positive number of seconds in " + variable);
        }
        return Long.toString((long) Math.ceil(Double.parseDouble("0" + seconds) * 1000));
    }

    /** The library checks the profile at once: a builder that refuses one has nothing of it. */
    static void profile(Values values, Path file) {
        byte[] json = read(file);
        NativeLoader.load();
        Native.settings_check(json);
        values.putAll(json);
    }

    private static byte[] read(Path file) {
        byte[] bytes = new byte[MAX_PROFILE_BYTES + 1];
        int size = 0;
        if (!Files.isRegularFile(file)) {
            // A pipe would block.
            throw unreadable("is not a file: " + file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(bytes); n > 0; n = in.read(bytes, size, bytes.length - size)) {
                size += n;
            }
            if (size > MAX_PROFILE_BYTES) {
                throw unreadable("is larger than 2 MiB");
            }
            return Arrays.copyOf(bytes, size);
        } catch (IOException e) {
            throw unreadable("cannot be read: " + file);
        } finally {
            Utf8.wipe(bytes);
        }
    }

    private static HeadlessIdException unreadable(String what) {
        return HeadlessIdException.argument("profile", what);
    }
}
