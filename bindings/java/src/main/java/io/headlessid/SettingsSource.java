package io.headlessid;

import io.headlessid.internal.JsonText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Settings from where the command has them, too: the environment, and a profile file. Never read unless asked for. */
final class SettingsSource {
    private static final String PREFIX = "HEADLESSID_";
    private static final String MILLISECONDS = "_ms";
    private static final int MAX_PROFILE_BYTES = 2 << 20;

    private SettingsSource() {}

    static void environment(Values values, String[] names) {
        String profile = System.getenv(PREFIX + "PROFILE");
        if (profile != null && !profile.isEmpty()) {
            profile(values, names, Paths.get(profile));
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

    /** What is counted in milliseconds may be given in seconds under the shorter name: HEADLESSID_TIMEOUT. */
    private static String milliseconds(String variable, String name) {
        String seconds = System.getenv(variable);
        if (seconds == null || seconds.isEmpty()) {
            return null;
        }
        if (!seconds.matches("[0-9]{0,9}([.][0-9]{1,9})?") || Double.parseDouble("0" + seconds) <= 0) {
            throw HeadlessIdException.argument(CatalogueNames.inJava(name), variable + " is not a number of seconds above 0");
        }
        return Long.toString((long) Math.ceil(Double.parseDouble("0" + seconds) * 1000));
    }

    static void profile(Values values, String[] names, Path file) {
        Map<String, Object> members = JsonText.readObject(read(file));
        if (members == null) {
            throw unreadable("is not a JSON object, or has a name twice");
        }
        List<String> known = Arrays.asList(names);
        // Looked at as a whole first: a builder that was refused a profile has nothing of it.
        Map<String, Object> found = new LinkedHashMap<>();
        for (Map.Entry<String, Object> member : members.entrySet()) {
            if (!known.contains(member.getKey())) {
                throw unreadable("has a member that is not a setting: " + shown(member.getKey()));
            }
            if (member.getValue() != null) {
                found.put(member.getKey(), valueOf(member.getKey(), member.getValue()));
            }
        }
        found.forEach(values::put);
    }

    /** A list of words as one text, an object as its JSON. */
    private static Object valueOf(String name, Object value) {
        if (!(value instanceof JsonText.Other)) {
            return value;
        }
        String json = ((JsonText.Other) value).getText();
        String text = json.charAt(0) == '[' ? JsonText.readWords(json) : json.charAt(0) == '{' ? json : null;
        if (text == null) {
            throw unreadable("has a value of the wrong kind: " + name);
        }
        return text;
    }

    private static String read(Path file) {
        byte[] bytes = new byte[MAX_PROFILE_BYTES + 1];
        int size = 0;
        if (!Files.isRegularFile(file)) {
            // A pipe would be waited for.
            throw unreadable("is not a file: " + file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(bytes); n > 0; n = in.read(bytes, size, bytes.length - size)) {
                size += n;
            }
        } catch (IOException e) {
            throw unreadable("cannot be read: " + file);
        }
        try {
            if (size > MAX_PROFILE_BYTES) {
                throw unreadable("is larger than 2 MiB");
            }
            if (size >= 2 && (bytes[0] == 0 || bytes[1] == 0 || bytes[0] == (byte) 0xFE || bytes[0] == (byte) 0xFF)) {
                throw unreadable("looks like UTF-16; save it as UTF-8");
            }
            boolean marked = size >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
            int begin = marked ? 3 : 0;
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, begin, size - begin)).toString();
        } catch (CharacterCodingException e) {
            throw unreadable("is not UTF-8");
        } finally {
            Utf8.wipe(bytes);
        }
    }

    /** A name that a file brought, for people: only what is surely a name, since anything could stand there. */
    private static String shown(String name) {
        return name.matches("[A-Za-z0-9_-]{1,64}") ? name : "(unprintable)";
    }

    private static HeadlessIdException unreadable(String what) {
        return HeadlessIdException.argument("profile", what);
    }
}
