package io.headlessid;

/** Builds the text of a result: names and public values, secrets as dots. */
final class ToString {
    private final StringBuilder text;
    private boolean first = true;

    ToString(String name) {
        text = new StringBuilder(name).append('{');
    }

    ToString add(String name, Object value) {
        return value == null ? this : put(name, value);
    }

    ToString addSecret(String name, Object value) {
        return value == null ? this : put(name, "•••");
    }

    private ToString put(String name, Object value) {
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
