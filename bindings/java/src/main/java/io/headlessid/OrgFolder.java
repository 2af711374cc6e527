package io.headlessid;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Files of an org's configuration, read for the linter: by the same rules as {@code headlessid org lint}. */
final class OrgFolder {
    private static final int MOST_BYTES_OF_A_FILE = 16 << 20;
    private static final int MOST_BYTES = 64 << 20;
    private static final int MOST_FILES = 20_000;
    private static final int MOST_LEVELS = 32;
    /** They count too where they lie above the folder, in its project. */
    private static final List<String> ABOVE = Arrays.asList(".gitignore", ".forceignore", "sfdx-project.json");

    private final Path project;
    private final List<Object> files = new ArrayList<>();
    private long bytes;

    private OrgFolder(Path project) {
        this.project = project;
    }

    /** The members of a request that hold what is at this path. */
    static Map<String, Object> read(Path path) throws IOException {
        // A link that is named is followed; those found below it are not.
        Path named = path.toRealPath();
        if (Files.isDirectory(named)) {
            OrgFolder folder = new OrgFolder(projectOf(named));
            folder.readAll(named);
            return Collections.singletonMap("files", folder.files);
        }
        if (!Files.isRegularFile(named, LinkOption.NOFOLLOW_LINKS)) {
            throw HeadlessIdException.argument("path", "is neither a folder nor a plain file");
        }
        byte[] content = bytesOf(named, MOST_BYTES);
        if (content.length > 1 && content[0] == 'P' && content[1] == 'K') {
            return Collections.singletonMap("zip_base64", Base64.getEncoder().encodeToString(content));
        }
        String name = named.getFileName().toString();
        if (!counts(name, content)) {
            throw HeadlessIdException.argument("path", "is neither a zip nor a file of an org's configuration");
        }
        return Collections.singletonMap("files", Collections.singletonList(member(name, content)));
    }

    /** A file as the request has it. */
    static Map<String, Object> member(String path, byte[] content) {
        Map<String, Object> member = new LinkedHashMap<>();
        // A lone surrogate has no bytes in UTF-8.
        member.put("path", new String(path.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.UTF_16LE));
        try {
            // Not new String(bytes): that replaces what is not UTF-8.
            member.put("text", StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
        } catch (CharacterCodingException e) {
            member.put("base64", Base64.getEncoder().encodeToString(content));
        }
        return member;
    }

    private void readAll(Path folder) throws IOException {
        for (Path at = folder; !at.equals(project);) {
            at = at.getParent();
            for (String name : ABOVE) {
                if (isPlain(at.resolve(name))) {
                    add(at.resolve(name));
                }
            }
        }
        readBelow(folder, 1);
        if (files.isEmpty()) {
            throw HeadlessIdException.argument("path", "has no file of an org's configuration");
        }
    }

    private void readBelow(Path folder, int level) throws IOException {
        if (level > MOST_LEVELS) {
            throw HeadlessIdException.argument("path", "has more than 32 levels of folders");
        }
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(entries::add);
        }
        Collections.sort(entries);
        for (Path entry : entries) {
            String name = entry.getFileName().toString();
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                // .git, .sf, .sfdx and what npm brings.
                if (!name.startsWith(".") && !name.equals("node_modules")) {
                    readBelow(entry, level + 1);
                }
            } else if (isPlain(entry)) {
                add(entry);
            }
        }
    }

    private void add(Path path) throws IOException {
        String name = path.getFileName().toString();
        if (!isKnown(name) && Files.size(path) > MOST_BYTES_OF_A_FILE) {
            return;
        }
        byte[] content = bytesOf(path, MOST_BYTES_OF_A_FILE);
        if (!counts(name, content)) {
            return;
        }
        bytes += content.length;
        if (files.size() == MOST_FILES || bytes > MOST_BYTES) {
            throw HeadlessIdException.argument("path", "has more than 20,000 files or 64 MiB of them: name a folder further down");
        }
        files.add(member(project.relativize(path).toString().replace('\\', '/'), content));
    }

    private static byte[] bytesOf(Path path, int most) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] block = new byte[64 * 1024];
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                out.write(block, 0, count);
                if (out.size() > most) {
                    throw HeadlessIdException.argument("path", "has a file that is larger than " + (most >> 20) + " MiB: " + path.getFileName());
                }
            }
        }
        return out.toByteArray();
    }

    /** The repository's folder, else the project's, else the folder itself. */
    private static Path projectOf(Path folder) {
        for (String mark : Arrays.asList(".git", "sfdx-project.json")) {
            for (Path at = folder; at != null; at = at.getParent()) {
                if (Files.exists(at.resolve(mark))) {
                    return at;
                }
            }
        }
        return folder;
    }

    private static boolean isPlain(Path path) {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isKnown(String name) {
        return name.endsWith("-meta.xml") || name.endsWith(".cls") || name.equals("package.xml") || ABOVE.contains(name);
    }

    /** Files of the format mdapi have endings of their own; they begin as XML does. */
    private static boolean counts(String name, byte[] content) {
        int at = content.length >= 3 && content[0] == (byte) 0xEF && content[1] == (byte) 0xBB && content[2] == (byte) 0xBF ? 3 : 0;
        while (at < content.length && " \t\r\n".indexOf(content[at]) >= 0) {
            at++;
        }
        return isKnown(name) || (at < content.length && content[at] == '<');
    }
}
