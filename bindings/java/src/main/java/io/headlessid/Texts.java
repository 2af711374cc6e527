package io.headlessid;

/** How results say what they hold: names and public values, secrets as dots. */
final class Texts {
    private final StringBuilder text;
    private boolean first = true;

    Texts(String name) {
        text = new StringBuilder(name).append('{');
    }

    Texts add(String name, Object value) {
        return value == null ? this : put(name, value);
    }

    Texts addSecret(String name, Object value) {
        return value == null ? this : put(name, "•••");
    }

    private Texts put(String name, Object value) {
        if (!first) {
            text.append(", ");
        }
        first = false;
        text.append(name).append('=').append(value);
        return this;
    }

    String end() {
        return text.append('}').toString();
    }
}
