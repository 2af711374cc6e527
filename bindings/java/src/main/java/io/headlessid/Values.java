package io.headlessid;

import io.headlessid.internal.JsonText;
import java.nio.CharBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named values for the library: settings of an app, parameters of a flow. Secrets are kept by reference,
 * not copied, so that clearing the caller's array clears the only copy.
 */
final class Values {
    private final transient Map<String, Object> values = new LinkedHashMap<>();

    Values() {}

    Values(Values other) {
        values.putAll(other.values);
    }

    /** A CharSequence, char[], byte[], Long, Boolean, or a Map of keys; null removes the value: absent stays absent. */
    void put(String name, Object value) {
        if (value == null) {
            values.remove(name);
        } else {
            values.put(name, value);
        }
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
        return values.containsKey(name);
    }

    byte[][] names() {
        byte[][] names = new byte[values.size()][];
        int at = 0;
        for (String name : values.keySet()) {
            names[at++] = Utf8.encode(name);
        }
        return names;
    }

    /** New arrays, one a value; the caller wipes them. */
    byte[][] bytes() {
        byte[][] bytes = new byte[values.size()][];
        int at = 0;
        for (Object value : values.values()) {
            bytes[at++] = bytesOf(value);
        }
        return bytes;
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
            return keyWords((Map<?, ?>) value);
        }
        return value == null ? null : Utf8.encode(value.toString());
    }

    private static byte[] keyWords(Map<?, ?> keys) {
        CharBuffer words = CharBuffer.allocate(keyWordsSize(keys));
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

    private static int keyWordsSize(Map<?, ?> keys) {
        int size = 0;
        for (Map.Entry<?, ?> key : keys.entrySet()) {
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
        return values.keySet().toString();
    }
}
