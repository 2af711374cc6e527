package io.headlessid;

import io.headlessid.internal.JsonText;
import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Named values for the library: settings of an app, parameters of a flow. Secrets are kept by reference,
 * not copied, so that clearing the caller's array clears the only copy.
 */
final class Values {
    private static final class One {
        final String name;
        final Object value;

        /** @param name null: the value is a JSON object of several */
        One(String name, Object value) {
            this.name = name;
            this.value = value;
        }
    }

    private final transient List<One> values = new ArrayList<>();

    Values() {}

    Values(Values other) {
        values.addAll(other.values);
    }

    /** A CharSequence, char[], byte[], Long, Boolean, or a Map of keys. The last value of a name counts; null: absent. */
    void put(String name, Object value) {
        values.removeIf(one -> name.equals(one.name));
        values.add(new One(name, value));
    }

    /** The same for a value that others override, whenever they are given. */
    void putFirst(String name, Object value) {
        values.removeIf(one -> name.equals(one.name));
        values.add(0, new One(name, value));
    }

    void putGuest(String name, GuestIdentity visitor) {
        putFirst(name, visitor == null ? null : Visitor.text(visitor.getUvid(), visitor.getAccessToken(), null));
    }

    /** A JSON object of values by name, which overrides the ones before it. */
    void putAll(byte[] json) {
        values.add(new One(null, json));
    }

    void putList(String name, Collection<String> words) {
        put(name, words == null ? null : String.join(" ", words));
    }

    void putJson(String name, Map<String, ?> object) {
        put(name, object == null ? null : JsonText.write(object));
    }

    /** A list of "id:key" words, the key as base64url; kept by reference, too, and written when needed. */
    void putKeys(String name, Map<String, byte[]> keys) {
        put(name, keys);
    }

    /** By names of the catalogue; a Map is JSON. */
    void putAnswers(Map<String, ?> named) {
        for (Map.Entry<String, ?> one : named.entrySet()) {
            Object value = one.getValue();
            put(one.getKey(), value instanceof Map ? JsonText.write((Map<?, ?>) value) : value);
        }
    }

    boolean has(String name) {
        return values.stream().anyMatch(one -> name.equals(one.name) && one.value != null);
    }

    /** Null for a JSON object of several. */
    byte[][] names() {
        return values.stream().map(one -> Utf8.encode(one.name)).toArray(byte[][]::new);
    }

    /** New arrays in the order of the names; the caller wipes them. */
    byte[][] bytes() {
        return values.stream().map(one -> one.value instanceof Map ? keyWords(CatalogueNames.inJava(one.name), (Map<?, ?>) one.value) : bytesOf(one.value)).toArray(byte[][]::new);
    }

    static byte[] bytesOf(Object value) {
        if (value instanceof byte[]) {
            return ((byte[]) value).clone();
        }
        if (value instanceof char[]) {
            return Utf8.encode(CharBuffer.wrap((char[]) value));
        }
        if (value instanceof CharSequence) {
            return Utf8.encode((CharSequence) value);
        }
        if (value instanceof Map) {
            return keyWords("sessionKeys", (Map<?, ?>) value);
        }
        return value == null ? null : Utf8.encode(value.toString());
    }

    /** @param name of the setting, for a mistake in it */
    private static byte[] keyWords(String name, Map<?, ?> keys) {
        CharBuffer words = CharBuffer.allocate(keyWordsSize(name, keys));
        for (Map.Entry<?, ?> key : keys.entrySet()) {
            byte[] encoded = Base64.getUrlEncoder().withoutPadding().encode((byte[]) key.getValue());
            words.append(words.position() == 0 ? "" : " ").append((String) key.getKey()).append(':');
            for (byte one : encoded) {
                words.append((char) one);
            }
            Utf8.wipe(encoded);
        }
        words.flip();
        byte[] bytes = Utf8.encode(words);
        Arrays.fill(words.array(), '\0');
        return bytes;
    }

    private static int keyWordsSize(String name, Map<?, ?> keys) {
        int size = 0;
        for (Map.Entry<?, ?> key : keys.entrySet()) {
            // A raw Map, or one of another language of the JVM, may hold anything.
            if (!(key.getKey() instanceof String) || !(key.getValue() instanceof byte[])) {
                throw HeadlessIdException.argument(name,
                        "must have a String as each id and a byte[] of 32 bytes as its key; decode one that is text with Base64.getDecoder()");
            }
            size += ((String) key.getKey()).length() + 2 + (((byte[]) key.getValue()).length + 2) / 3 * 4;
        }
        return size;
    }

    static void wipe(byte[][] bytes) {
        for (byte[] one : bytes) {
            Utf8.wipe(one);
        }
    }

    /** The names alone: a value may be a secret. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        for (One one : values) {
            if (one.value != null) {
                names.add(one.name == null ? "profile" : one.name);
            }
        }
        return names.toString();
    }
}
