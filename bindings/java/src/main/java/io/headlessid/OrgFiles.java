package io.headlessid;

import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/** Files for an org that {@link OrgGenerator} wrote, as texts. */
public final class OrgFiles {
    private final Map<String, String> files;
    private final List<String> merged;
    private final List<String> notes;
    private final byte[] zip;

    OrgFiles(Map<String, Object> response) {
        Map<String, String> read = new LinkedHashMap<>();
        for (Map<String, Object> file : OrgCalls.maps(response.get("files"))) {
            read.put((String) file.get("path"), (String) file.get("text"));
        }
        files = Collections.unmodifiableMap(read);
        merged = OrgCalls.texts(response.get("merged"));
        notes = OrgCalls.texts(response.get("notes"));
        String archive = (String) response.get("zip_base64");
        zip = archive == null ? null : Base64.getDecoder().decode(archive);
    }

    /** By their paths below a folder; SETUP.md is among them. */
    public @NotNull Map<String, String> getFiles() {
        return files;
    }

    /** Paths of those that hold what {@link OrgGenerator#existing} has as well. */
    public @NotNull List<String> getMerged() {
        return merged;
    }

    /** Sentences for a person. */
    public @NotNull List<String> getNotes() {
        return notes;
    }

    /** For a deployment with the Metadata API; null but for the format mdapi. */
    public byte @Nullable [] getZip() {
        return zip == null ? null : zip.clone();
    }

    @Override
    public String toString() {
        return files.keySet().toString();
    }
}
