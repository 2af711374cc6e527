package io.headlessid;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** What a word means; {@link Org#explain} makes it. */
public final class OrgExplanation {
    private final List<Entry> entries;
    private final List<String> nearest;
    private final String advice;

    OrgExplanation(Map<String, Object> response) {
        List<Entry> read = new ArrayList<>();
        for (Map<String, Object> entry : OrgCalls.maps(response.get("entries"))) {
            read.add(new Entry(entry));
        }
        entries = Collections.unmodifiableList(read);
        nearest = OrgCalls.texts(response.get("nearest"));
        advice = OrgCalls.textOrNull(response.get("advice"));
    }

    /** Its meanings. */
    public @NotNull List<Entry> getEntries() {
        return entries;
    }

    /** Similar words, if nothing was found. */
    public @NotNull List<String> getNearest() {
        return nearest;
    }

    /** What to ask for instead of a whole text. */
    public @Nullable String getAdvice() {
        return advice;
    }

    @Override
    public String toString() {
        return entries.isEmpty() ? nearest.toString() : entries.toString();
    }

    /** What a word can be. */
    public enum Kind {
        /** A setting of the org. */
        SETTING,
        /** An element of the Metadata API. */
        ELEMENT,
        /** A type of the Metadata API. */
        TYPE,
        /** A flow. */
        FLOW,
        /** A scope. */
        SCOPE,
        /** A rule of the linter. */
        RULE,
        /** A reason of an error of this package. */
        REASON,
        /** An error code of a server. */
        ERROR_CODE
    }

    /** One meaning of a word. */
    public static final class Entry {
        private final Kind kind;
        private final String name;
        private final String doc;
        private final String hint;
        private final String setup;
        private final List<Place> metadata;
        private final List<Setting> settings;
        private final List<String> flows;
        private final List<String> errors;
        private final List<Meaning> meanings;
        private final String folder;
        private final String suffix;

        Entry(Map<String, Object> from) {
            kind = Kind.valueOf(((String) from.get("kind")).toUpperCase(Locale.ROOT));
            name = (String) from.get("name");
            doc = (String) from.get("doc");
            hint = OrgCalls.textOrNull(from.get("hint"));
            setup = OrgCalls.textOrNull(from.get("setup"));
            List<Place> places = new ArrayList<>();
            for (Map<String, Object> place : OrgCalls.maps(from.get("metadata"))) {
                places.add(new Place(place));
            }
            metadata = Collections.unmodifiableList(places);
            List<Setting> touched = new ArrayList<>();
            for (Map<String, Object> setting : OrgCalls.maps(from.get("settings"))) {
                touched.add(new Setting(setting));
            }
            settings = Collections.unmodifiableList(touched);
            flows = OrgCalls.texts(from.get("flows"));
            errors = OrgCalls.texts(from.get("errors"));
            List<Meaning> all = new ArrayList<>();
            for (Map<String, Object> meaning : OrgCalls.maps(from.get("meanings"))) {
                all.add(new Meaning(meaning));
            }
            meanings = Collections.unmodifiableList(all);
            Map<String, Object> file = from.containsKey("file") ? OrgCalls.map(from.get("file")) : Collections.emptyMap();
            folder = (String) file.get("folder");
            suffix = (String) file.get("suffix");
        }

        /** What the word is. */
        public @NotNull Kind getKind() {
            return kind;
        }

        /** Such as "app_callback" or "invalid_grant". */
        public @NotNull String getName() {
            return name;
        }

        /** What it does or means. */
        public @NotNull String getDoc() {
            return doc;
        }

        /** Of a reason: what an admin can do. */
        public @Nullable String getHint() {
            return hint;
        }

        /** Where in Setup; of a scope its name there. */
        public @Nullable String getSetup() {
            return setup;
        }

        /** Where files say it; of a type its elements. */
        public @NotNull List<Place> getMetadata() {
            return metadata;
        }

        /** Settings of the org that it has to do with. */
        public @NotNull List<Setting> getSettings() {
            return settings;
        }

        /** The flows that it touches. */
        public @NotNull List<String> getFlows() {
            return flows;
        }

        /** Reasons of errors where it is wrong; of an error code, what it may mean. */
        public @NotNull List<String> getErrors() {
            return errors;
        }

        /** Of an error code or a reason, the common ones first; of a code {@link #getHint} is null where they disagree. */
        public @NotNull List<Meaning> getMeanings() {
            return meanings;
        }

        /** Of a type: the folder of its files. */
        public @Nullable String getFolder() {
            return folder;
        }

        /** Of a type: the ending of its files. */
        public @Nullable String getSuffix() {
            return suffix;
        }

        @Override
        public String toString() {
            return name + ": " + doc;
        }
    }

    /** What an error code or a reason means where it comes from one place. */
    public static final class Meaning {
        private final String reason;
        private final String code;
        private final String text;
        private final String endpoint;
        private final String doc;
        private final String hint;
        private final List<String> flows;

        Meaning(Map<String, Object> from) {
            reason = (String) from.get("reason");
            code = OrgCalls.textOrNull(from.get("code"));
            text = OrgCalls.textOrNull(from.get("text"));
            endpoint = OrgCalls.textOrNull(from.get("endpoint"));
            doc = (String) from.get("doc");
            hint = OrgCalls.textOrNull(from.get("hint"));
            flows = OrgCalls.texts(from.get("flows"));
        }

        /** The reason of an error of this package. */
        public @NotNull String getReason() {
            return reason;
        }

        /** The server's code; null where its text alone counts. */
        public @Nullable String getCode() {
            return code;
        }

        /** A part of the description that must be there. */
        public @Nullable String getText() {
            return text;
        }

        /** Where it comes from; null: from any. */
        public @Nullable String getEndpoint() {
            return endpoint;
        }

        /** What it means. */
        public @NotNull String getDoc() {
            return doc;
        }

        /** What an admin can do. */
        public @Nullable String getHint() {
            return hint;
        }

        /** Of these flows alone; empty: of all. */
        public @NotNull List<String> getFlows() {
            return flows;
        }

        @Override
        public String toString() {
            return reason + ": " + doc;
        }
    }

    /** An element of the Metadata API. */
    public static final class Place {
        private final String type;
        private final String element;
        private final String kind;
        private final String defaultText;
        private final int since;
        private final boolean inverted;
        private final boolean required;
        private final String doc;
        private final List<String> choices;

        Place(Map<String, Object> from) {
            type = (String) from.get("type");
            element = (String) from.get("element");
            kind = (String) from.get("kind");
            defaultText = OrgCalls.textOrNull(from.get("default"));
            since = OrgCalls.number(from.get("since"));
            inverted = (Boolean) from.get("inverted");
            required = (Boolean) from.get("required");
            doc = (String) from.get("doc");
            choices = OrgCalls.texts(from.get("choices"));
        }

        /** The metadata type. */
        public @NotNull String getType() {
            return type;
        }

        /** The path of the element in its type. */
        public @NotNull String getElement() {
            return element;
        }

        /** Such as "boolean" or "choice". */
        public @NotNull String getKind() {
            return kind;
        }

        /** What it is where no file says it. */
        public @Nullable String getDefaultText() {
            return defaultText;
        }

        /** The API version that has it. */
        public int getSince() {
            return since;
        }

        /** Whether true says the opposite of the words in Setup. */
        public boolean isInverted() {
            return inverted;
        }

        /** Whether files must have it. */
        public boolean isRequired() {
            return required;
        }

        /** What it does. */
        public @NotNull String getDoc() {
            return doc;
        }

        /** Its values, where there are few. */
        public @NotNull List<String> getChoices() {
            return choices;
        }

        @Override
        public String toString() {
            return type + "." + element;
        }
    }

    /** A setting of the org that a word has to do with. */
    public static final class Setting {
        private final String id;
        private final String setup;
        private final String metadata;

        Setting(Map<String, Object> from) {
            id = (String) from.get("id");
            setup = (String) from.get("setup");
            metadata = (String) from.get("metadata");
        }

        /** Its id in findings. */
        public @NotNull String getId() {
            return id;
        }

        /** Where in Setup. */
        public @NotNull String getSetup() {
            return setup;
        }

        /** The element of the Metadata API. */
        public @NotNull String getMetadata() {
            return metadata;
        }

        @Override
        public String toString() {
            return setup;
        }
    }
}
