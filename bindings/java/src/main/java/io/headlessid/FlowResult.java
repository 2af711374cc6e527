package io.headlessid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** A flow's result as text by the names of the catalogue; the typed results are read from it. Immutable. */
public final class FlowResult {
    private final transient Map<String, String> fields;

    /** From name, value, name, value, as the native library returns them. */
    FlowResult(byte[][] pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; pairs != null && i + 1 < pairs.length; i += 2) {
            if (pairs[i + 1] != null) {
                map.put(Utf8.decode(pairs[i]), Utf8.decode(pairs[i + 1]));
                Utf8.wipe(pairs[i + 1]);
            }
        }
        fields = Collections.unmodifiableMap(map);
    }

    /** From stored fields. */
    FlowResult(Map<String, String> stored) {
        fields = Collections.unmodifiableMap(stored);
    }

    /** The field's text; null if the server sent none. */
    public @Nullable String get(@NotNull String name) {
        return fields.get(name);
    }

    /** The names of the fields that are present. */
    public @NotNull Set<String> getNames() {
        return fields.keySet();
    }

    @Nullable Long getLong(String name) {
        String text = fields.get(name);
        return text == null ? null : Long.valueOf(text);
    }

    @Nullable Boolean getBoolean(String name) {
        String text = fields.get(name);
        return text == null ? null : Boolean.valueOf(text);
    }

    @Nullable List<String> getList(String name) {
        String text = fields.get(name);
        if (text == null) {
            return null;
        }
        List<String> words = new ArrayList<>(Arrays.asList(text.split(" ")));
        words.remove("");
        return Collections.unmodifiableList(words);
    }

    /** The names alone: a value may be a token. */
    @Override
    public String toString() {
        return "FlowResult" + fields.keySet();
    }
}
