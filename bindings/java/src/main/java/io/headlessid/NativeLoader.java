package io.headlessid;

import io.headlessid.internal.PackagedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * Loads the JNI library, once for each class loader: from the path in the system property
 * {@code headlessid.library.path} (a file, or a directory that holds it), by
 * {@code System.loadLibrary("headlessid_jni")}, which is how Android finds it in the AAR, or from the copy
 * in the jar. The first that works counts; if none does, the error lists all three.
 */
final class NativeLoader {
    static final String PATH_PROPERTY = "headlessid.library.path";
    private static final String NAME = "headlessid_jni";
    // In the words of glibc's loader, and of musl's. They say the same of the copy itself where it is another machine's.
    private static final Pattern MISSING_LIBRARY =
            Pattern.compile("\\blib(?!headlessid_jni)[\\w+-]+\\.so[.\\d]*: (cannot open shared object file|No such file)");

    // Not synchronized: loading reads files, and a virtual thread that waits must be able to let go of its carrier.
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static volatile boolean loaded;

    private NativeLoader() {}

    /** Returns when the library is loaded and has our ABI; every later call only reads a flag. */
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
            throw new UnsatisfiedLinkError("the native library has ABI version " + library + " of headlessid, these classes version "
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
        String library = System.mapLibraryName(NAME);
        try {
            Path file = PackagedFile.extract(NativeLoader.class, library);
            try {
                System.load(file.toString());
            } finally {
                // It is mapped by now, or useless: the temporary directory is clean again. Where an open file
                // cannot be deleted (Windows), the process deletes it at its end.
                PackagedFile.delete(file);
            }
            return true;
        } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
            attempts.append("(3) the copy in the jar, ").append(PackagedFile.resource(library)).append(": ").append(e.getClass().getSimpleName())
                    .append(": ").append(e.getMessage());
            if (PackagedFile.exists(NativeLoader.class, library)) {
                attempts.append(advice(e.getMessage()));
            }
            return false;
        }
    }

    /** What to do where the copy in the jar failed with this message. The published jar has all libraries inside; one built from source has not. */
    static String advice(String message) {
        if (message != null && MISSING_LIBRARY.matcher(message).find()) {
            return ". This copy was built to use the system's libraries: install the one that is missing";
        }
        return ". " + PackagedFile.aboutExtracting() + ", or " + PATH_PROPERTY + " to a file that is unpacked already";
    }
}
