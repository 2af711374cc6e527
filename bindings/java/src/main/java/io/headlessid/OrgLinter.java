package io.headlessid;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.annotations.NotNull;

/**
 * What to check, and against what. Name a {@link #path}, a {@link #zip} or each {@link #file}. Not for use by several
 * threads at once.
 */
public final class OrgLinter {
    /** What an app may use besides its flows. */
    public enum Use {
        /** Users are found by a class. */
        LOGIN_HINT("login_hint"),
        /** Email templates of the app's own. */
        EMAIL_TEMPLATE("emailtemplate"),
        /** Tokens of other apps. */
        TOKENS_OF_OTHER_APPS("tokens_of_other_apps");

        private final String text;

        Use(String text) {
            this.text = text;
        }
    }

    private final Map<String, Object> request = new LinkedHashMap<>();
    private final List<Object> files = new ArrayList<>();
    private final List<String> flows = new ArrayList<>();
    private Path path;

    OrgLinter() {}

    /**
     * A folder, a zip or a file. Of a folder, links, hidden folders and node_modules are left out, and the ignore files of
     * its project count.
     */
    public @NotNull OrgLinter path(@NotNull Path value) {
        path = value;
        return this;
    }

    /** One more file, by its path below a folder. */
    public @NotNull OrgLinter file(@NotNull String name, @NotNull CharSequence text) {
        return file(name, Utf8.encode(text));
    }

    /** The same from bytes. */
    public @NotNull OrgLinter file(@NotNull String name, byte @NotNull [] content) {
        files.add(OrgFolder.member(name, content));
        return this;
    }

    /** A zip. */
    public @NotNull OrgLinter zip(byte @NotNull [] content) {
        request.put("zip_base64", Base64.getEncoder().encodeToString(content));
        return this;
    }

    /** Flows that must work. Without any: a verdict on each flow, and none is an error. */
    public @NotNull OrgLinter flows(@NotNull String... names) {
        flows.addAll(Arrays.asList(names));
        request.put("flows", flows);
        return this;
    }

    /** The only app that counts. Without it, each flow must work with one of them. */
    public @NotNull OrgLinter app(@NotNull String name) {
        request.put("app", name);
        return this;
    }

    /** A flow of which the files do not tell whether it works is not ok; goes with {@link #flows}. */
    public @NotNull OrgLinter strict() {
        request.put("strict", true);
        return this;
    }

    /** The app cannot keep a secret: a browser, a phone. */
    public @NotNull OrgLinter publicClient() {
        request.put("client", "public");
        return this;
    }

    /** The app keeps a secret: a server. */
    public @NotNull OrgLinter privateClient() {
        request.put("client", "private");
        return this;
    }

    /** As the app's setting. */
    public @NotNull OrgLinter credentialsPlacement(@NotNull CredentialsPlacement value) {
        request.put("credentials_placement", value.getText());
        return this;
    }

    /** What the app uses besides its flows; all of it. Without this call such needs are not judged. */
    public @NotNull OrgLinter uses(@NotNull Use... values) {
        List<String> words = new ArrayList<>();
        for (Use value : values) {
            words.add(value.text);
        }
        request.put("uses", words);
        return this;
    }

    /** The name of a Network, where there are several. */
    public @NotNull OrgLinter site(@NotNull String name) {
        request.put("site", name);
        return this;
    }

    /** What the files are deployed with. Without it: what they say. */
    public @NotNull OrgLinter apiVersion(int value) {
        request.put("api_version", value);
        return this;
    }

    /**
     * Reads and checks the files.
     *
     * @throws HeadlessIdException for a wrong argument, which getField() names, or with kind STATE and reason no_org_part
     *     where the build lacks the org's side; not for files that are wrong, which are findings
     * @throws UncheckedIOException for what cannot be read
     */
    public @NotNull OrgReport lint() {
        OrgCalls.needPart();
        Map<String, Object> all = new LinkedHashMap<>();
        if (path != null) {
            try {
                all.putAll(OrgFolder.read(path));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        if (!files.isEmpty()) {
            List<Object> both = new ArrayList<>(files);
            if (all.containsKey("files")) {
                both.addAll((List<?>) all.get("files"));
            }
            all.put("files", both);
        }
        all.putAll(request);
        return new OrgReport(OrgCalls.ask(Native::hlid_org_lint, all), !flows.isEmpty());
    }
}
