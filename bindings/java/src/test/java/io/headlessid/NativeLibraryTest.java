package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The JNI library as a file (64-bit ELF), and the names that JNI looks up. */
class NativeLibraryTest {
    private static final int PT_LOAD = 1;
    private static final int SHT_DYNSYM = 11;

    private static ByteBuffer elf() throws IOException {
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(JniChecksTest.library())).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0x464c457f, elf.getInt(0), "no ELF file");
        return elf;
    }

    @Test
    void l23_segments_are_aligned_to_16_kib() throws IOException {
        ByteBuffer elf = elf();
        int headers = (int) elf.getLong(32);
        int loads = 0;
        for (int i = 0; i < elf.getShort(56); i++) {
            int header = headers + i * elf.getShort(54);
            if (elf.getInt(header) == PT_LOAD) {
                loads++;
                long alignment = elf.getLong(header + 48);
                assertTrue(alignment >= 16384 && alignment % 16384 == 0, "a segment is aligned to " + alignment);
                assertEquals(elf.getLong(header + 16) % alignment, elf.getLong(header + 8) % alignment);
            }
        }
        assertTrue(loads > 1);
    }

    @Test
    void only_the_jni_entry_points_are_exported() throws IOException {
        ByteBuffer elf = elf();
        int sections = (int) elf.getLong(40);
        int size = elf.getShort(58);
        Set<String> exported = new TreeSet<>();
        for (int i = 0; i < elf.getShort(60); i++) {
            int section = sections + i * size;
            if (elf.getInt(section + 4) != SHT_DYNSYM) {
                continue;
            }
            int strings = (int) elf.getLong(sections + elf.getInt(section + 40) * size + 24);
            int symbols = (int) elf.getLong(section + 24);
            for (int at = symbols; at < symbols + elf.getLong(section + 32); at += 24) {
                boolean defined = elf.getShort(at + 6) != 0;
                if (defined) {
                    exported.add(string(elf, strings + elf.getInt(at)));
                }
            }
        }
        assertTrue(exported.remove("JNI_OnLoad"));
        assertTrue(exported.remove("JNI_OnUnload"));
        assertTrue(exported.stream().allMatch(name -> name.startsWith("Java_io_headlessid_NativeJNI_")), exported::toString);
        // Each native method has its entry point, and there are no others.
        Set<String> methods = new TreeSet<>();
        for (Method method : NativeJNI.class.getDeclaredMethods()) {
            if (Modifier.isNative(method.getModifiers())) {
                methods.add("Java_io_headlessid_NativeJNI_" + method.getName().replace("_", "_1"));
            }
        }
        assertEquals(methods, exported);
    }

    private static String string(ByteBuffer elf, int at) {
        int end = at;
        while (elf.get(end) != 0) {
            end++;
        }
        return new String(elf.array(), at, end - at, StandardCharsets.US_ASCII);
    }

    @Test
    void the_generated_classes_are_nobodys_business() {
        assertFalse(Modifier.isPublic(Native.class.getModifiers()));
        assertFalse(Modifier.isPublic(NativeJNI.class.getModifiers()));
        assertFalse(Modifier.isPublic(NativeConstants.class.getModifiers()));
    }

    @Test
    void l23_shrinker_rules_keep_what_is_looked_up_by_name() throws IOException {
        Path rules = Fixtures.repository().resolve("bindings/java/android/consumer-rules.pro");
        String text = Files.readString(rules);
        assertTrue(text.contains(NativeJNI.class.getName()) && text.contains("native <methods>"), text);
        assertTrue(text.contains(HeadlessIdException.class.getName()) && text.contains(" of(byte[][], int, boolean, long)"), text);
    }
}
