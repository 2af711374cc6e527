package io.headlessid;

import io.headlessid.internal.JsonText;
import io.headlessid.internal.JsonTree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jetbrains.annotations.NotNull;

/**
 * The org's side: the configuration of an org as files, checked, written and explained. Nothing here asks an org. Any
 * thread.
 *
 * <pre>{@code
 * OrgReport report = Org.linter().path(Paths.get("force-app")).flows("login", "guest").publicClient().lint();
 * if (!report.isOk()) throw new AssertionError(report);
 * }</pre>
 *
 * <p>A build without it, as that for Android is, throws {@link HeadlessIdException} with kind STATE and reason
 * {@code no_org_part} from each call; {@link #isAvailable()} tells.
 */
public final class Org {
    private Org() {}

    /** Whether this build has the org's side. */
    public static boolean isAvailable() {
        NativeLoader.load();
        return Native.hlid_has_org() != 0;
    }

    /** Says of files which flows work, and what to change. */
    public static @NotNull OrgLinter linter() {
        return new OrgLinter();
    }

    /**
     * Writes the files that an org needs for an app and its flows.
     *
     * @param name the developer name: letters, digits and single underscores
     */
    public static @NotNull OrgGenerator generator(@NotNull String name) {
        return new OrgGenerator(name);
    }

    /**
     * What a word means: a setting, an element or type of the Metadata API, a flow, a scope, a rule of the linter, a reason
     * or an error code of a server.
     */
    public static @NotNull OrgExplanation explain(@NotNull String word) {
        return new OrgExplanation(ask(Native::hlid_org_explain, Collections.singletonMap("word", word)));
    }

    interface Call {
        byte[] ask(byte[] request);
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

    /** Null for "", which says that there is none. */
    static String textOrNull(Object value) {
        return "".equals(value) ? null : (String) value;
    }

    static int number(Object value) {
        return ((Long) value).intValue();
    }
}
