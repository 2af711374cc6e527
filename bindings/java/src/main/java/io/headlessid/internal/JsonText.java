package io.headlessid.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The little JSON that these classes need: parameters from maps, visitors and results in and out. No part of the API: it may
 * change with any release.
 */
public final class JsonText {
    /** A member that is neither text nor a whole number, boolean or null. */
    public static final Object OTHER = new Object();

    private static final int MAX_DEPTH = 32;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

    private final String text;
    private int at;

    private JsonText(String text) {
        this.text = text;
    }

    // ---- writing

    /** @throws IllegalArgumentException for what JSON has no word for, by its class: a value may be a secret */
    public static CharSequence write(Map<?, ?> object) {
        StringBuilder out = new StringBuilder();
        writeObject(out, object);
        return out;
    }

    private static void writeObject(StringBuilder out, Map<?, ?> object) {
        char separator = '{';
        for (Map.Entry<?, ?> member : object.entrySet()) {
            if (!(member.getKey() instanceof CharSequence)) {
                throw noJson(member.getKey());
            }
            out.append(separator);
            separator = ',';
            writeText(out, (CharSequence) member.getKey());
            out.append(':');
            writeValue(out, member.getValue());
        }
        out.append(separator == '{' ? "{}" : "}");
    }

    private static void writeValue(StringBuilder out, Object value) {
        if (value instanceof Map) {
            writeObject(out, (Map<?, ?>) value);
        } else if (value instanceof Iterable) {
            char separator = '[';
            for (Object one : (Iterable<?>) value) {
                out.append(separator);
                separator = ',';
                writeValue(out, one);
            }
            out.append(separator == '[' ? "[]" : "]");
        } else if (value instanceof CharSequence) {
            writeText(out, (CharSequence) value);
        } else if (value == null || value instanceof Boolean || isWritable(value)) {
            out.append(value);
        } else {
            throw noJson(value);
        }
    }

    private static boolean isWritable(Object value) {
        return value instanceof Number && !Double.isNaN(((Number) value).doubleValue()) && !Double.isInfinite(((Number) value).doubleValue());
    }

    private static IllegalArgumentException noJson(Object value) {
        return new IllegalArgumentException("JSON has no word for " + (value == null ? "null" : value.getClass().getName()));
    }

    private static void writeText(StringBuilder out, CharSequence value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    // ---- reading

    /**
     * An object's texts, whole numbers (as Long), booleans and nulls; any other member is {@link #OTHER}.
     * Null for any other text.
     */
    public static Map<String, Object> readObject(String text) {
        try {
            JsonText json = new JsonText(text);
            Map<String, Object> object = json.readMembers(MAX_DEPTH);
            json.skipSpace();
            return json.at == text.length() ? object : null;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // Its message could quote the text.
            return null;
        }
    }

    private Map<String, Object> readMembers(int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        expect('{');
        skipSpace();
        if (text.charAt(at) == '}') {
            at++;
            return object;
        }
        do {
            skipSpace();
            String name = readText();
            expect(':');
            if (object.containsKey(name)) {
                throw new IllegalArgumentException("a member twice");
            }
            object.put(name, readValue(depth - 1));
            skipSpace();
        } while (text.charAt(at++) == ',');
        at--;
        expect('}');
        return object;
    }

    private Object readValue(int depth) {
        skipSpace();
        switch (text.charAt(at)) {
            case '"':
                return readText();
            case '{':
                checkDepth(depth);
                readMembers(depth);
                return OTHER;
            case '[':
                checkDepth(depth);
                readElements(depth);
                return OTHER;
            default:
                return readWord();
        }
    }

    private void readElements(int depth) {
        expect('[');
        skipSpace();
        if (text.charAt(at) == ']') {
            at++;
            return;
        }
        do {
            readValue(depth - 1);
            skipSpace();
        } while (text.charAt(at++) == ',');
        at--;
        expect(']');
    }

    private static void checkDepth(int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("nested too deeply");
        }
    }

    private Object readWord() {
        int begin = at;
        while ("-+.".indexOf(text.charAt(at)) >= 0 || Character.isLetterOrDigit(text.charAt(at))) {
            at++;
        }
        String word = text.substring(begin, at);
        switch (word) {
            case "null":
                return null;
            case "true":
            case "false":
                return Boolean.valueOf(word);
            default:
                return readNumber(word);
        }
    }

    private static Object readNumber(String word) {
        if (!NUMBER.matcher(word).matches()) {
            throw new IllegalArgumentException("not a number");
        }
        try {
            return Long.valueOf(word);
        } catch (NumberFormatException e) {
            // A fraction, or beyond 64 bits.
            return OTHER;
        }
    }

    private String readText() {
        StringBuilder out = new StringBuilder();
        expect('"');
        for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
            if (c < 0x20) {
                throw new IllegalArgumentException("a control character");
            }
            out.append(c == '\\' ? readEscape() : c);
        }
        return out.toString();
    }

    private char readEscape() {
        char c = text.charAt(at++);
        if (c == 'u') {
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        }
        int known = "\"\\/bfnrt".indexOf(c);
        if (known < 0) {
            throw new IllegalArgumentException("no such escape");
        }
        return "\"\\/\b\f\n\r\t".charAt(known);
    }

    private void expect(char c) {
        skipSpace();
        if (text.charAt(at++) != c) {
            throw new IllegalArgumentException("no " + c);
        }
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }
}
