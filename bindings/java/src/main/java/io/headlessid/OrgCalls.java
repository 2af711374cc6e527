package io.headlessid;

import io.headlessid.internal.JsonText;
import io.headlessid.internal.JsonTree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** JSON to the library's calls of the org's side, and from them. */
final class OrgCalls {
    private OrgCalls() {}

    interface Call {
        byte[] ask(byte[] request);
    }

    static boolean isAvailable() {
        NativeLoader.load();
        return Native.hlid_has_org() != 0;
    }

    /** Before files are read: the library's own error where it lacks the part. */
    static void needPart() {
        if (!isAvailable()) {
            Native.hlid_org_lint(Utf8.encode("{}"));
        }
    }

    static Map<String, Object> ask(Call call, Map<String, Object> request) {
        NativeLoader.load();
        byte[] json = Utf8.encode(JsonText.write(request));
        try {
            return map(JsonTree.read(Utf8.decode(call.ask(json))));
        } catch (HeadlessIdException e) {
            throw e.inCamelCase();
        } finally {
            Utf8.wipe(json);
        }
    }

    // ---- the library's responses, which have the members that it documents

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    static List<Map<String, Object>> maps(Object value) {
        List<Map<String, Object>> out = new ArrayList<>();
        for (Object one : (List<?>) value) {
            out.add(map(one));
        }
        return out;
    }

    static List<String> texts(Object value) {
        List<String> out = new ArrayList<>();
        for (Object one : (List<?>) value) {
            out.add((String) one);
        }
        return Collections.unmodifiableList(out);
    }

    /** Null for an empty text. */
    static String textOrNull(Object value) {
        return "".equals(value) ? null : (String) value;
    }

    static int number(Object value) {
        return ((Long) value).intValue();
    }
}
