package io.headlessid;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Loads the JNI library, once for each class loader: from the path in the system property
 * {@code headlessid.library.path} (a file, or a directory that holds it), by
 * {@code System.loadLibrary("headlessid_jni")}, which is how Android finds it in the AAR, or from the copy
 * in the jar. The first that works counts; if none does, the error tells of all three.
 */
final class NativeLoader {
    static final String PATH_PROPERTY = "headlessid.library.path";
    private static final String NAME = "headlessid_jni";

    // Not synchronized: loading reads files, and a virtual thread that waits must be able to let go of its carrier.
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static volatile boolean loaded;

    private NativeLoader() {}

    /** Returns when the library is there and speaks our ABI; every later call is a look at a flag. */
    static void load() {
        if (loaded) {
            return;
        }
        LOCK.lock();
        try {
            if (!loaded) {
                loadOnce();
                loaded = true;
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static void loadOnce() {
        StringBuilder attempts = new StringBuilder();
        if (!fromProperty(attempts) && !fromSystem(attempts) && !fromJar(attempts)) {
            throw new UnsatisfiedLinkError("the native library of headlessid could not be loaded: " + attempts);
        }
        checkAbi(Native.hlid_abi_version(), NativeConstants.HLID_ABI_VERSION);
    }

    static void checkAbi(long library, long binding) {
        if (library != binding) {
            throw new UnsatisfiedLinkError("the native library speaks ABI version " + library + " of headlessid, these classes version "
                    + binding + ": both must come from the same release");
        }
    }

    private static boolean fromProperty(StringBuilder attempts) {
        String path = System.getProperty(PATH_PROPERTY);
        if (path == null) {
            attempts.append("(1) the system property ").append(PATH_PROPERTY).append(" is not set; ");
            return false;
        }
        try {
            Path file = Paths.get(path).toAbsolutePath();
            if (Files.isDirectory(file)) {
                file = file.resolve(System.mapLibraryName(NAME));
            }
            System.load(file.toString());
            return true;
        } catch (RuntimeException | UnsatisfiedLinkError e) {
            attempts.append("(1) ").append(PATH_PROPERTY).append('=').append(path).append(": ").append(e.getMessage()).append("; ");
            return false;
        }
    }

    private static boolean fromSystem(StringBuilder attempts) {
        try {
            System.loadLibrary(NAME);
            return true;
        } catch (RuntimeException | UnsatisfiedLinkError e) {
            attempts.append("(2) System.loadLibrary(\"").append(NAME).append("\"): ").append(e.getMessage()).append("; ");
            return false;
        }
    }

    private static boolean fromJar(StringBuilder attempts) {
        String resource = resource(System.mapLibraryName(NAME));
        try {
            Path file = extract(resource, "lib" + NAME, ".so");
            try {
                System.load(file.toString());
            } finally {
                // Mapped by now, or of no use: nothing is left behind in the temporary directory. Where an
                // open file cannot be deleted (Windows), it goes with the process.
                deleteNowOrAtExit(file);
            }
            return true;
        } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
            attempts.append("(3) the copy in the jar, ").append(resource).append(": ").append(e.getMessage());
            return false;
        }
    }

    /** Where the jar keeps a native file for this machine: "/native/linux-x86_64/...". */
    static String resource(String file) {
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
        return "/native/" + os + "-" + arch + "/" + file;
    }

    /**
     * Copies a file of the jar into a new directory that only this user can enter, under a name with the
     * hash of its content: a second class loader needs a file of its own, nobody can put another in its
     * place, and a crash report tells which build it was.
     */
    static Path extract(String resource, String name, String suffix) throws IOException {
        byte[] content = read(resource);
        Path directory = Files.createTempDirectory("headlessid-");
        Path file = directory.resolve(name + "-" + hash(content) + suffix);
        try {
            Files.write(file, content);
        } catch (IOException e) {
            deleteNowOrAtExit(file);
            throw e;
        }
        return file;
    }

    static void deleteNowOrAtExit(Path file) {
        for (File one : new File[] {file.toFile(), file.getParent().toFile()}) {
            if (!one.delete() && one.exists()) {
                one.deleteOnExit();
            }
        }
    }

    private static byte[] read(String resource) throws IOException {
        try (InputStream in = NativeLoader.class.getResourceAsStream(resource)) {
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
