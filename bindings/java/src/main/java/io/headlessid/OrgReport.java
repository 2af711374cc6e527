package io.headlessid;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** What files permit. {@link #toString()} has a line for each finding, and for each flow that was asked for and does not work. */
public final class OrgReport {
    private final boolean ok;
    private final boolean wanted;
    private final List<App> apps;
    private final List<Finding> findings;
    private final int filesRead;
    private final int apiVersion;
    private final List<String> unknownFiles;

    OrgReport(Map<String, Object> response, boolean wanted) {
        this.wanted = wanted;
        List<Finding> found = new ArrayList<>();
        for (Map<String, Object> finding : OrgCalls.maps(response.get("findings"))) {
            found.add(new Finding(finding));
        }
        List<App> read = new ArrayList<>();
        for (Map<String, Object> app : OrgCalls.maps(response.get("apps"))) {
            read.add(new App(app, found));
        }
        findings = Collections.unmodifiableList(found);
        apps = Collections.unmodifiableList(read);
        filesRead = OrgCalls.number(response.get("files_read"));
        apiVersion = OrgCalls.number(response.get("api_version"));
        unknownFiles = OrgCalls.texts(response.get("unknown_files"));
        ok = (Boolean) response.get("ok");
    }

    /** No file is wrong, and each flow that was asked for works with some app, or (unless strict) the files do not tell. */
    public boolean isOk() {
        return ok;
    }

    /** The apps among the files. */
    public @NotNull List<App> getApps() {
        return apps;
    }

    /** The app of this name; null if no file has it. */
    public @Nullable App getApp(@NotNull String name) {
        for (App app : apps) {
            if (app.name.equals(name)) {
                return app;
            }
        }
        return null;
    }

    /** By file and line. */
    public @NotNull List<Finding> getFindings() {
        return findings;
    }

    /** How many files were read. */
    public int getFilesRead() {
        return filesRead;
    }

    /** What the files were judged by. */
    public int getApiVersion() {
        return apiVersion;
    }

    /** Paths of files that the linter does not know. */
    public @NotNull List<String> getUnknownFiles() {
        return unknownFiles;
    }

    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        for (Finding finding : findings) {
            lines.add(finding.toString());
        }
        for (App app : apps) {
            for (Flow flow : app.flows.values()) {
                if (wanted && (flow.verdict == Verdict.DOES_NOT || flow.verdict == Verdict.UNKNOWN)) {
                    lines.add(app.name + ": " + flow);
                }
            }
        }
        if (apps.isEmpty()) {
            lines.add("these files have no app (" + filesRead + " read)");
        }
        return lines.isEmpty() ? "nothing to say about " + filesRead + " files" : String.join("\n", lines);
    }

    /** How much a finding matters. */
    public enum Severity {
        /** It does not deploy, or a flow that must work does not. */
        ERROR,
        /** It works, but not as people expect. */
        WARNING,
        /** Worth knowing. */
        NOTE
    }

    /** Whether a flow works. */
    public enum Verdict {
        /** It works. */
        WORKS,
        /** It works, but a finding says what is not as people expect. */
        WORKS_BUT,
        /** It does not work. */
        DOES_NOT,
        /** The file that decides is not among these. */
        UNKNOWN
    }

    /** What the linter says about one place. {@link #toString()} is the line that the command prints; no text shows a secret. */
    public static final class Finding {
        private final String id;
        private final Severity severity;
        private final boolean stopsDeployment;
        private final List<String> flows;
        private final String app;
        private final String file;
        private final int line;
        private final String element;
        private final String setting;
        private final String message;
        private final String change;

        Finding(Map<String, Object> finding) {
            id = (String) finding.get("id");
            severity = Severity.valueOf(((String) finding.get("severity")).toUpperCase(Locale.ROOT));
            stopsDeployment = (Boolean) finding.get("stops_deployment");
            flows = OrgCalls.texts(finding.get("flows"));
            app = OrgCalls.textOrNull(finding.get("app"));
            file = OrgCalls.textOrNull(finding.get("file"));
            line = OrgCalls.number(finding.get("line"));
            element = OrgCalls.textOrNull(finding.get("element"));
            setting = OrgCalls.textOrNull(finding.get("setting"));
            message = (String) finding.get("message");
            change = (String) finding.get("change");
        }

        /** Of a rule (docs/org-rules.md), or of the setting that a flow needs. */
        public @NotNull String getId() {
            return id;
        }

        /** How much it matters. */
        public @NotNull Severity getSeverity() {
            return severity;
        }

        /** Whether the org refuses the file. */
        public boolean isStoppingDeployment() {
            return stopsDeployment;
        }

        /** The flows that it concerns; empty: the file itself. */
        public @NotNull List<String> getFlows() {
            return flows;
        }

        /** Null: of no app. */
        public @Nullable String getApp() {
            return app;
        }

        /** Within the repository, or else the project: the nearest folder above that has .git, or else sfdx-project.json. Null: no file says it. */
        public @Nullable String getFile() {
            return file;
        }

        /** 0: the whole file. */
        public int getLine() {
            return line;
        }

        /** Such as ExtlClntAppGlobalOauthSettings.callbackUrl. */
        public @Nullable String getElement() {
            return element;
        }

        /** The id of the org's setting. */
        public @Nullable String getSetting() {
            return setting;
        }

        /** What is. */
        public @NotNull String getMessage() {
            return message;
        }

        /** What it must be, and where in Setup. */
        public @NotNull String getChange() {
            return change;
        }

        @Override
        public String toString() {
            String place = file == null ? "" : file + (line == 0 ? "" : ":" + line) + ": ";
            return place + severity.name().toLowerCase(Locale.ROOT) + ": " + message + (change.isEmpty() ? "" : " " + change);
        }
    }

    /** Whether a flow works with an app. */
    public static final class Flow {
        private final String name;
        private final Verdict verdict;
        private final List<Finding> findings;
        private final List<String> notInFiles;
        private final String site;

        Flow(Map<String, Object> flow, List<Finding> all) {
            name = (String) flow.get("flow");
            verdict = Verdict.valueOf(((String) flow.get("verdict")).toUpperCase(Locale.ROOT));
            List<Finding> own = new ArrayList<>();
            for (Object index : (List<?>) flow.get("findings")) {
                own.add(all.get(OrgCalls.number(index)));
            }
            findings = Collections.unmodifiableList(own);
            notInFiles = OrgCalls.texts(flow.get("not_in_files"));
            site = (String) flow.get("site");
        }

        /** "login", "web_server". */
        public @NotNull String getName() {
            return name;
        }

        /** Whether it works. */
        public @NotNull Verdict getVerdict() {
            return verdict;
        }

        /** Whether it works, if perhaps not as people expect. */
        public boolean isWorking() {
            return verdict == Verdict.WORKS || verdict == Verdict.WORKS_BUT;
        }

        /** Those that cause the verdict. */
        public @NotNull List<Finding> getFindings() {
            return findings;
        }

        /** Elements that decide, and that no file has. */
        public @NotNull List<String> getNotInFiles() {
            return notInFiles;
        }

        /** Of several sites the one that was judged. */
        public @Nullable String getSite() {
            return site;
        }

        @Override
        public String toString() {
            if (verdict == Verdict.UNKNOWN) {
                return name + " cannot be told, not in these files: " + String.join(", ", notInFiles);
            }
            List<String> causes = new ArrayList<>();
            for (Finding finding : findings) {
                causes.add(finding.message);
            }
            String word = verdict == Verdict.WORKS ? " works" : verdict == Verdict.WORKS_BUT ? " works, but" : " does not work";
            word += site == null ? "" : " at the site " + site;
            word += verdict == Verdict.WORKS ? "" : ": ";
            return name + word + (verdict == Verdict.WORKS ? "" : String.join(" ", causes));
        }
    }

    /** An external client app or a connected app. */
    public static final class App {
        private final String name;
        private final String kind;
        private final Map<String, Flow> flows;

        App(Map<String, Object> app, List<Finding> findings) {
            name = (String) app.get("name");
            kind = (String) app.get("kind");
            Map<String, Flow> read = new LinkedHashMap<>();
            for (Map<String, Object> flow : OrgCalls.maps(app.get("flows"))) {
                read.put((String) flow.get("flow"), new Flow(flow, findings));
            }
            flows = Collections.unmodifiableMap(read);
        }

        /** The developer name. */
        public @NotNull String getName() {
            return name;
        }

        /** Whether it is a connected app, and not an external client app. */
        public boolean isConnectedApp() {
            return kind.equals("connected_app");
        }

        /** By their names. */
        public @NotNull Map<String, Flow> getFlows() {
            return flows;
        }

        @Override
        public String toString() {
            return name + flows.values();
        }
    }
}
