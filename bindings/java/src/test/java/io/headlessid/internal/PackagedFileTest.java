package io.headlessid.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which C library a program is for. */
class PackagedFileTest {
    @TempDir Path folder;

    @Test
    void loaderOfThisJvm() throws IOException {
        assertTrue(PackagedFile.loader(Paths.get("/proc/self/exe")).contains("/ld-"));
    }

    @Test
    void loaderAtTheEndOfTheFile() throws IOException {
        byte[] name = "/lib/ld-musl-x86_64.so.1\0".getBytes(StandardCharsets.US_ASCII);
        int table = 20_000;
        int size = 56;
        ByteBuffer file = ByteBuffer.allocate(table + 2 * size + name.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(4, (byte) 2).put(5, (byte) 1).putLong(32, table).putShort(54, (short) size).putShort(56, (short) 2);
        int second = table + size;
        file.putInt(table, 1).putInt(second, 3).putLong(second + 8, table + 2 * size).putLong(second + 32, name.length);
        System.arraycopy(name, 0, file.array(), table + 2 * size, name.length);
        Path program = Files.write(folder.resolve("program"), file.array());
        assertEquals("/lib/ld-musl-x86_64.so.1\0", PackagedFile.loader(program));
    }

    @Test
    void noneOfAnotherKindOfFile() throws IOException {
        Path text = Files.write(folder.resolve("text"), new byte[100]);
        assertEquals("", PackagedFile.loader(text));
    }
}
