package io.headlessid.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is for some apps alone does not trouble the others: a JVM of Java 8, an app without the libraries. */
class OptionalPartsTest {
    private static final Path CLASSES = Path.of(System.getProperty("headlessid.classes"));
    private static final int JAVA_8 = 52;

    @TempDir
    Path folder;

    private static int version(Path file) {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            in.readInt();
            in.readUnsignedShort();
            return in.readUnsignedShort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void only_the_parts_for_later_jvms_are_compiled_for_them() throws IOException {
        Set<String> later;
        try (Stream<Path> walk = Files.walk(CLASSES)) {
            later = walk.filter(path -> path.toString().endsWith(".class") && version(path) > JAVA_8)
                    .map(path -> CLASSES.relativize(path).toString().replaceAll("(http|spring)/.*", "$1")).collect(Collectors.toCollection(TreeSet::new));
        }
        later.removeIf(name -> name.startsWith("io/headlessid/SystemLog"));
        assertEquals(Set.of("io/headlessid/http", "io/headlessid/spring"), later);
    }

    /** With our classes and the JDK's, and nothing else. */
    private static ClassLoader alone() throws IOException {
        return new URLClassLoader(new URL[] {CLASSES.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
    }

    @Test
    void an_app_without_any_of_the_libraries_can_load_what_needs_none() throws Exception {
        ClassLoader alone = alone();
        for (String name : new String[] {"Client", "Session", "Sessions", "MemoryStore", "FlowLog", "Events", "jdbc.JdbcStore", "testing.StoreCheck", "http.SessionHttpClient"}) {
            Class.forName("io.headlessid." + name, true, alone);
        }
        for (String name : new String[] {"redis.JedisStore", "redis.LettuceStore", "okhttp.SessionAuth", "spring.SessionExchangeFilter", "opentelemetry.OpenTelemetryListener"}) {
            assertThrows(NoClassDefFoundError.class, () -> Class.forName("io.headlessid." + name, true, alone).getDeclaredMethods(), name);
        }
    }

    @Test
    void a_missing_sqlite_driver_is_named() throws Exception {
        Class<?> store = Class.forName("io.headlessid.jdbc.JdbcStore", true, alone());
        Throwable error = assertThrows(InvocationTargetException.class, () -> store.getMethod("sqlite", Path.class).invoke(null, folder.resolve("a.db"))).getCause();
        assertTrue(error.getMessage().contains("org.xerial:sqlite-jdbc"), error::toString);
    }
}
