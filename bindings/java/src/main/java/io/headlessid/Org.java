package io.headlessid;

import java.util.Collections;
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
        return OrgCalls.isAvailable();
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
        return new OrgExplanation(OrgCalls.ask(Native::hlid_org_explain, Collections.singletonMap("word", word)));
    }
}
