package io.headlessid.internal;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/** The native files that a jar carries. No part of the API: it may change with any release. */
public final class PackagedFile {
    private static final int HEAD_BYTES = 64;
    private static final int LOADER = 3;

    private PackagedFile() {}

    /** Where a jar keeps a native file for this machine: "/native/linux-x86_64/...", with musl "/native/linux-x86_64-musl/...". */
    public static String resource(String file) {
        return "/native/" + platform() + (isMusl() ? "-musl" : "") + "/" + file;
    }

    private static String platform() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (os.startsWith("mac")) {
            os = "macos";
        } else if (os.startsWith("windows")) {
            os = "windows";
        }
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        if (arch.equals("amd64") || arch.equals("x64")) {
            arch = "x86_64";
        } else if (arch.equals("arm64")) {
            arch = "aarch64";
        }
        return os + "-" + arch;
    }

    /** Whether the JVM itself was built for musl, by what its file is started with. */
    private static boolean isMusl() {
        try {
            return loader(Paths.get("/proc/self/exe")).contains("/ld-musl-");
        } catch (IOException | RuntimeException e) {
            // Not Linux, or without /proc: then glibc is the better guess.
            return false;
        }
    }

    /** The loader that a program asks for. Its name may be anywhere in the file: tools that patch programs move it. */
    static String loader(Path program) throws IOException {
        try (FileChannel file = FileChannel.open(program)) {
            ByteBuffer head = part(file, 0, HEAD_BYTES);
            // 64 bits, the low byte first: as all natives in the jar are.
            if (head.get(4) != 2 || head.get(5) != 1) {
                return "";
            }
            int size = head.getShort(54);
            ByteBuffer table = part(file, head.getLong(32), size * head.getShort(56));
            for (int at = 0; at < table.limit(); at += size) {
                if (table.getInt(at) == LOADER) {
                    ByteBuffer name = part(file, table.getLong(at + 8), (int) table.getLong(at + 32));
                    return StandardCharsets.ISO_8859_1.decode(name).toString();
                }
            }
            return "";
        }
    }

    private static ByteBuffer part(FileChannel file, long position, int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        int got = 0;
        while (bytes.hasRemaining() && got >= 0) {
            got = file.read(bytes, position + bytes.position());
        }
        bytes.flip();
        return bytes;
    }

    /** Whether the jar of this class has the file; a module sees the files of its own jar alone. */
    public static boolean exists(Class<?> owner, String file) {
        return find(owner, file) != null;
    }

    private static String find(Class<?> owner, String file) {
        // A program that is linked statically runs with either C library, and is there once.
        for (String name : new String[] {resource(file), "/native/" + platform() + "/" + file}) {
            if (owner.getResource(name) != null) {
                return name;
            }
        }
        return null;
    }

    /**
     * Copies a file from the jar of a class into a new directory that only this user can enter, executable, and with the hash of
     * its content in its name: a second class loader needs a file of its own, no other user can replace it,
     * and a crash report names the build.
     */
    public static Path extract(Class<?> owner, String file) throws IOException {
        String name = find(owner, file);
        if (name == null) {
            throw new IOException("not in the jar");
        }
        byte[] content = read(owner, name);
        Path directory = Files.createTempDirectory("headlessid-");
        Path target = directory.resolve(hash(content) + "-" + file);
        try {
            Files.write(target, content);
            if (!target.toFile().setExecutable(true, true)) {
                throw new IOException("cannot be made executable in the temporary directory");
            }
            return target;
        } catch (IOException e) {
            delete(target);
            throw e;
        }
    }

    /** What there is to know and do where an extracted file cannot be written, loaded or started. */
    public static String aboutExtracting() {
        return "It is unpacked into java.io.tmpdir (" + System.getProperty("java.io.tmpdir")
                + "), which must exist, be writable and not be mounted noexec: set that property to another directory";
    }

    /** Deletes what extract made, at exit if an open file cannot be deleted; null is ignored. */
    public static void delete(Path extracted) {
        if (extracted == null) {
            return;
        }
        // deleteOnExit works backwards through its list, and a directory must be empty.
        File[] directoryThenFile = {extracted.getParent().toFile(), extracted.toFile()};
        if (directoryThenFile[1].delete() || !directoryThenFile[1].exists()) {
            if (directoryThenFile[0].delete()) {
                return;
            }
        }
        for (File undeleted : directoryThenFile) {
            undeleted.deleteOnExit();
        }
    }

    private static byte[] read(Class<?> owner, String name) throws IOException {
        try (InputStream in = owner.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("not in the jar");
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 20);
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
            return out.toByteArray();
        }
    }

    private static String hash(byte[] content) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                text.append(String.format(Locale.ROOT, "%02x", digest[i]));
            }
            return text.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }
}
