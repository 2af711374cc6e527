package io.headlessid;

import java.nio.CharBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named values on their way to the library: settings of an app, parameters of a flow. Secrets are kept by
 * reference, not copied, so that clearing the caller's array clears the only copy there is.
 */
final class Values {
    private final Map<String, Object> values = new LinkedHashMap<>();

    Values() {}

    Values(Values other) {
        values.putAll(other.values);
    }

    /** A CharSequence, char[], byte[], Long or Boolean; null takes the value away: absent stays absent. */
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
        return value == null ? null : Utf8.encode(value.toString());
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
