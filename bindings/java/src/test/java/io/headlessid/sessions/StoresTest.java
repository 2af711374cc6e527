package io.headlessid.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headlessid.MemoryStore;
import io.headlessid.SessionStore;
import io.headlessid.SessionStoreException;
import io.headlessid.jdbc.JdbcStore;
import io.headlessid.redis.JedisStore;
import io.headlessid.redis.LettuceStore;
import io.headlessid.testing.StoreCheck;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteDataSource;
import redis.clients.jedis.JedisPooled;

/** Every store of ours keeps the promises of a store, against the real server. */
class StoresTest {
    private static final byte[] KEY = "user-42".getBytes(StandardCharsets.UTF_8);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    @Test
    void memory() {
        MemoryStore store = new MemoryStore();
        StoreCheck.check(() -> store);
    }

    @Test
    void sqlite_in_a_file() throws Exception {
        Path file = folder.resolve("sessions.db");
        try (JdbcStore one = JdbcStore.sqlite(file); JdbcStore other = JdbcStore.sqlite(file)) {
            JdbcStore[] both = {one, other};
            int[] given = {0};
            StoreCheck.check(() -> both[given[0]++]);
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertTrue(one.save(KEY, null, "v1", new byte[] {1}, MINUTE));
            assertLayout(new SQLiteDataSource() {
                {
                    setUrl("jdbc:sqlite:" + file);
                }
            }.getConnection(), "BLOB", "INTEGER");
        }
        JdbcStore closed = JdbcStore.sqlite(file);
        closed.close();
        assertEquals("the store is closed", assertThrows(SessionStoreException.class, () -> closed.load(KEY)).getMessage());
        assertThrows(SessionStoreException.class, () -> JdbcStore.sqlite(folder.resolve("no/such/folder.db")));
    }

    @Test
    void sqlite_by_the_apps_own_data_source() throws Exception {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + folder.resolve("own.db"));
        source.setBusyTimeout(5000);
        StoreCheck.check(() -> new JdbcStore(source));
        // What has ended is deleted with the saves of others.
        JdbcStore store = new JdbcStore(source);
        for (int i = 0; i < 5; i++) {
            assertTrue(store.save(("old" + i).getBytes(StandardCharsets.UTF_8), null, "v1", new byte[] {1}, Duration.ofMillis(1)));
            assertTrue(store.lock(("old" + i).getBytes(StandardCharsets.UTF_8), "o1", Duration.ofMillis(1)));
        }
        Thread.sleep(20);
        assertTrue(store.save(KEY, null, "v1", new byte[] {1}, MINUTE));
        assertTrue(store.lock(KEY, "o1", MINUTE));
        try (Connection connection = source.getConnection(); Statement statement = connection.createStatement()) {
            for (String table : List.of("headlessid_sessions", "headlessid_locks")) {
                try (ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
                    assertTrue(row.next());
                    assertEquals(1, row.getInt(1), table);
                }
            }
        }
    }

    @Test
    void postgresql() throws Exception {
        assumeTrue("1".equals(System.getenv("HLID_PROOF")) && Servers.hasPostgres(), "with HLID_PROOF=1 and Debian's postgresql; takes ten seconds");
        try (Servers server = Servers.postgres(folder)) {
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setServerNames(new String[] {"127.0.0.1"});
            source.setPortNumbers(new int[] {server.port()});
            source.setUser("postgres");
            source.setDatabaseName("postgres");
            for (int i = 0; ; i++) {
                try (Connection connection = source.getConnection()) {
                    break;
                } catch (java.sql.SQLException e) {
                    // It listens before it serves.
                    assertTrue(i < 100, e::toString);
                    Thread.sleep(50);
                }
            }
            StoreCheck.check(() -> new JdbcStore(source));
            assertTrue(new JdbcStore(source).save(KEY, null, "v1", new byte[] {1}, MINUTE));
            assertLayout(source.getConnection(), "bytea", "int8");
        }
    }

    private static void assertLayout(Connection connection, String bytes, String number) throws Exception {
        try (Connection closing = connection; Statement statement = closing.createStatement();
                ResultSet row = statement.executeQuery("SELECT store_key, version, value, ends_at_ms FROM headlessid_sessions")) {
            assertTrue(row.next());
            assertEquals("user-42", new String(row.getBytes(1), StandardCharsets.UTF_8));
            assertEquals("v1", row.getString(2));
            assertEquals(60_000, row.getLong(4) - System.currentTimeMillis(), 5_000);
            assertEquals(bytes, row.getMetaData().getColumnTypeName(1));
            assertEquals(number, row.getMetaData().getColumnTypeName(4));
        }
    }

    @Test
    void redis_by_jedis_and_by_lettuce() throws Exception {
        assumeTrue(Servers.hasRedis(), "needs Debian's redis-server");
        try (Servers server = Servers.redis(folder); JedisPooled jedis = new JedisPooled("127.0.0.1", server.port())) {
            StoreCheck.check(() -> new JedisStore(jedis));
            RedisClient client = RedisClient.create("redis://127.0.0.1:" + server.port());
            try {
                // After a restart, or in another node, the server does not know the scripts.
                jedis.scriptFlush("x");
                StoreCheck.checkAsync(() -> new LettuceStore(client.connect(ByteArrayCodec.INSTANCE)));
                LettuceStore lettuce = new LettuceStore(client.connect(ByteArrayCodec.INSTANCE));
                // One layout: what one has saved, the other reads.
                JedisStore store = new JedisStore(jedis);
                assertTrue(store.save(KEY, null, "v1", new byte[] {0, 1, -1}, MINUTE));
                assertEquals("v1", lettuce.load(KEY).toCompletableFuture().get().getVersion());
                assertEquals("hash", jedis.type("headlessid:session:user-42"));
                assertEquals("v1", jedis.hget("headlessid:session:user-42", "version"));
                assertEquals(60_000, jedis.pttl("headlessid:session:user-42"), 5_000);
                assertTrue(lettuce.lock(KEY, "o1", MINUTE).toCompletableFuture().get());
                assertEquals("o1", jedis.get("headlessid:lock:user-42"));
                assertEquals(60_000, jedis.pttl("headlessid:lock:user-42"), 5_000);
                assertFalse(store.lock(KEY, "o2", MINUTE));
                assertNull(new JedisStore(jedis, "other:").load(KEY));
            } finally {
                client.shutdown(0, 2, java.util.concurrent.TimeUnit.SECONDS);
            }
            JedisStore store = new JedisStore(jedis);
            server.close();
            assertThrows(redis.clients.jedis.exceptions.JedisConnectionException.class, () -> store.load(KEY));
        }
    }

    /** Counts up in a SQLite file. Arguments: the file, the key, how often. */
    public static final class Counter {
        public static void main(String[] given) throws Exception {
            try (JdbcStore store = JdbcStore.sqlite(Path.of(given[0]))) {
                StoreCheck.countUp(store, given[1].getBytes(StandardCharsets.UTF_8), Integer.parseInt(given[2]));
            }
        }
    }

    @Test
    void sqlite_across_processes() throws Exception {
        Path file = folder.resolve("processes.db");
        Process[] processes = new Process[2];
        for (int i = 0; i < processes.length; i++) {
            processes[i] = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                    Counter.class.getName(), file.toString(), "count", "100").inheritIO().start();
        }
        for (Process process : processes) {
            assertEquals(0, process.waitFor());
        }
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            assertEquals(200, StoreCheck.count(store, "count".getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void an_unknown_database_is_refused_by_name() {
        SessionStore store = new JdbcStore((javax.sql.DataSource) java.lang.reflect.Proxy.newProxyInstance(StoresTest.class.getClassLoader(),
                new Class<?>[] {javax.sql.DataSource.class}, (self, method, arguments) -> connection()));
        assertTrue(assertThrows(SessionStoreException.class, () -> store.load(KEY)).getMessage().contains("not h2"));
    }

    private static Object connection() {
        return java.lang.reflect.Proxy.newProxyInstance(StoresTest.class.getClassLoader(),
                new Class<?>[] {Connection.class, java.sql.DatabaseMetaData.class}, (self, method, arguments) -> {
                    switch (method.getName()) {
                        case "getMetaData":
                            return self;
                        case "getDatabaseProductName":
                            return "H2";
                        case "getAutoCommit":
                            return true;
                        default:
                            return null;
                    }
                });
    }
}
