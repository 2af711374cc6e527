package io.headlessid.jdbc;

import io.headlessid.SessionStore;
import io.headlessid.SessionStoreException;
import io.headlessid.StoredSession;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * Sessions in two tables of a SQLite (3.24 or later) or PostgreSQL database, which every language of this library reads. The
 * tables are created at the first use, if they are absent; what has ended is deleted by and by.
 *
 * <p>Thread-safe. A DataSource stays the app's, with its pool; its driver is the app's, too. Each operation is one statement, so
 * autocommit is best; where it is off, the operation is committed.
 */
public final class JdbcStore implements SessionStore, AutoCloseable {
    private static final int SECONDS = 5;
    private static final int PURGED_AT_ONCE = 8;

    private enum Dialect {
        /** By this machine's clock, which all who use the file have. */
        SQLITE("BLOB", "INTEGER", "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"),
        /** By the server's clock. */
        POSTGRESQL("BYTEA", "BIGINT", "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)");

        final String[] create;
        final String load;
        final String insert;
        final String update;
        final String purge;
        final String delete;
        final String lock;
        final String unlock;

        Dialect(String bytes, String number, String now) {
            create = new String[] {
                "CREATE TABLE IF NOT EXISTS headlessid_sessions (store_key " + bytes + " PRIMARY KEY, version TEXT NOT NULL, value " + bytes
                        + " NOT NULL, ends_at_ms " + number + " NOT NULL)",
                "CREATE TABLE IF NOT EXISTS headlessid_locks (store_key " + bytes + " PRIMARY KEY, owner TEXT NOT NULL, ends_at_ms " + number + " NOT NULL)",
                "CREATE INDEX IF NOT EXISTS headlessid_sessions_ends ON headlessid_sessions (ends_at_ms)",
                "CREATE INDEX IF NOT EXISTS headlessid_locks_ends ON headlessid_locks (ends_at_ms)"};
            load = "SELECT version, value FROM headlessid_sessions WHERE store_key = ? AND ends_at_ms > " + now;
            insert = "INSERT INTO headlessid_sessions (store_key, version, value, ends_at_ms) VALUES (?, ?, ?, " + now + " + ?)"
                    + " ON CONFLICT (store_key) DO UPDATE SET version = excluded.version, value = excluded.value, ends_at_ms = excluded.ends_at_ms"
                    + " WHERE headlessid_sessions.ends_at_ms <= " + now;
            update = "UPDATE headlessid_sessions SET version = ?, value = ?, ends_at_ms = " + now + " + ? WHERE store_key = ? AND version = ?"
                    + " AND ends_at_ms > " + now;
            delete = "DELETE FROM headlessid_sessions WHERE store_key = ? AND version = ? AND ends_at_ms > " + now;
            lock = "INSERT INTO headlessid_locks (store_key, owner, ends_at_ms) VALUES (?, ?, " + now + " + ?)"
                    + " ON CONFLICT (store_key) DO UPDATE SET owner = excluded.owner, ends_at_ms = excluded.ends_at_ms"
                    + " WHERE headlessid_locks.owner = excluded.owner OR headlessid_locks.ends_at_ms <= " + now;
            unlock = "DELETE FROM headlessid_locks WHERE store_key = ? AND owner = ?";
            purge = "DELETE FROM headlessid_%1$s WHERE store_key IN (SELECT store_key FROM headlessid_%1$s WHERE ends_at_ms <= " + now + " LIMIT "
                    + PURGED_AT_ONCE + ")";
        }
    }

    /** In our own words. */
    private static final class Refusal extends SQLException {
        private static final long serialVersionUID = 1;

        Refusal(String message) {
            super(message);
        }
    }

    /** Lends a connection for one operation. */
    private interface Lender {
        <T> T lend(Work<T> work) throws Exception;
    }

    private interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    private final Lender lender;
    // Null: the app's own database.
    private final SqliteFile own;
    private final ReentrantLock preparing = new ReentrantLock();
    private volatile Dialect dialect;

    /** A store in the app's own database. */
    public JdbcStore(@NotNull DataSource source) {
        this(lender(Objects.requireNonNull(source, "source")), null);
    }

    private JdbcStore(Lender lender, SqliteFile own) {
        this.lender = lender;
        this.own = own;
    }

    private static Lender lender(DataSource source) {
        return new Lender() {
            @Override
            public <T> T lend(Work<T> work) throws SQLException {
                try (Connection connection = source.getConnection()) {
                    return work.with(connection);
                }
            }
        };
    }

    /**
     * A store in one SQLite file, made with mode 0600 if it is absent; processes on one machine can share it. Needs the driver
     * {@code org.xerial:sqlite-jdbc}, which this library does not bring. Close the store at the end.
     *
     * @throws SessionStoreException if the driver is missing, or the file cannot be made
     */
    public static @NotNull JdbcStore sqlite(@NotNull Path file) throws SessionStoreException {
        create(Objects.requireNonNull(file, "file"));
        SqliteFile opened = new SqliteFile(file);
        try {
            opened.lend(connection -> null);
        } catch (SQLException e) {
            boolean isMissing = String.valueOf(e.getMessage()).startsWith("No suitable driver");
            throw new SessionStoreException(isMissing ? "JdbcStore.sqlite needs org.xerial:sqlite-jdbc on the class path" : "the SQLite file cannot be opened", e);
        }
        return new JdbcStore(opened, opened);
    }

    private static void create(Path file) throws SessionStoreException {
        Set<PosixFilePermission> mode = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        try {
            try {
                Files.createFile(file, PosixFilePermissions.asFileAttribute(mode));
            } catch (UnsupportedOperationException e) {
                // Windows: the folder's own rules.
                Files.createFile(file);
            }
        } catch (FileAlreadyExistsException e) {
            // With the mode that it has.
            return;
        } catch (IOException e) {
            throw new SessionStoreException("the SQLite file cannot be made: " + e.getClass().getSimpleName(), e);
        }
    }

    /** One connection for all threads of this process: to open one for each operation would cost more than the operation. */
    private static final class SqliteFile implements Lender {
        private final Path file;
        private final ReentrantLock lock = new ReentrantLock();
        private Connection open;
        private boolean closed;

        SqliteFile(Path file) {
            this.file = file.toAbsolutePath();
        }

        @Override
        public <T> T lend(Work<T> work) throws SQLException {
            lock.lock();
            try {
                if (closed) {
                    throw new Refusal("the store is closed");
                }
                if (open == null) {
                    open = DriverManager.getConnection("jdbc:sqlite:" + file);
                    prepareSqlite(open);
                }
                return work.with(open);
            } finally {
                lock.unlock();
            }
        }

        void close() throws SQLException {
            lock.lock();
            try {
                closed = true;
                if (open != null) {
                    open.close();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private static void prepareSqlite(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = " + SECONDS * 1000);
            // Readers and the one writer of a moment do not wait for each other. Each commit reaches the disk: no session is rolled back.
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
        }
    }

    // ---- the operations

    @Override
    public @Nullable StoredSession load(byte @NotNull [] key) throws Exception {
        return with((connection, sql) -> {
            try (PreparedStatement statement = prepare(connection, sql.load)) {
                statement.setBytes(1, key);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? new StoredSession(row.getString(1), row.getBytes(2)) : null;
                }
            }
        });
    }

    @Override
    public boolean save(byte @NotNull [] key, @Nullable String expected, @NotNull String version, byte @NotNull [] value, @NotNull Duration ttl)
            throws Exception {
        return with((connection, sql) -> {
            boolean done = expected == null ? is1(connection, sql.insert, key, version, value, ttl.toMillis())
                    : is1(connection, sql.update, version, value, ttl.toMillis(), key, expected);
            if (done) {
                purge(connection, sql, "sessions");
            }
            return done;
        });
    }

    @Override
    public boolean delete(byte @NotNull [] key, @Nullable String version) throws Exception {
        return version != null && with((connection, sql) -> is1(connection, sql.delete, key, version));
    }

    @Override
    public boolean lock(byte @NotNull [] key, @NotNull String owner, @NotNull Duration ttl) throws Exception {
        return with((connection, sql) -> {
            boolean done = is1(connection, sql.lock, key, owner, ttl.toMillis());
            if (done) {
                purge(connection, sql, "locks");
            }
            return done;
        });
    }

    @Override
    public boolean unlock(byte @NotNull [] key, @NotNull String owner) throws Exception {
        return with((connection, sql) -> is1(connection, sql.unlock, key, owner));
    }

    private interface Operation<T> {
        T with(Connection connection, Dialect sql) throws SQLException;
    }

    private <T> T with(Operation<T> operation) throws Exception {
        try {
            Dialect known = dialect;
            Dialect sql = known != null ? known : prepare();
            return lender.lend(connection -> committed(connection, () -> operation.with(connection, sql)));
        } catch (SQLException e) {
            // The driver's words may quote a key; its numbers do not, and tell a busy file from a broken one.
            boolean isOurs = e instanceof Refusal;
            throw new SessionStoreException(isOurs ? e.getMessage() : "the database failed: error " + e.getErrorCode() + ", state " + e.getSQLState(), e);
        }
    }

    private interface Statements<T> {
        T run() throws SQLException;
    }

    private static <T> T committed(Connection connection, Statements<T> statements) throws SQLException {
        boolean commits = !connection.getAutoCommit();
        try {
            T value = statements.run();
            if (commits) {
                connection.commit();
            }
            return value;
        } catch (Throwable e) {
            if (commits) {
                connection.rollback();
            }
            throw e;
        }
    }

    private Dialect prepare() throws Exception {
        preparing.lock();
        try {
            if (dialect == null) {
                dialect = lender.lend(connection -> {
                    Dialect sql = dialectOf(connection);
                    if (sql == Dialect.SQLITE && connection.getAutoCommit()) {
                        prepareSqlite(connection);
                    }
                    committed(connection, () -> {
                        try (Statement statement = connection.createStatement()) {
                            for (String create : sql.create) {
                                statement.execute(create);
                            }
                        }
                        return null;
                    });
                    return sql;
                });
            }
            return dialect;
        } finally {
            preparing.unlock();
        }
    }

    private static Dialect dialectOf(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
        if (product.contains("sqlite")) {
            return Dialect.SQLITE;
        }
        if (product.contains("postgresql")) {
            return Dialect.POSTGRESQL;
        }
        throw new Refusal("JdbcStore knows SQLite and PostgreSQL, not " + product);
    }

    private static PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setQueryTimeout(SECONDS);
        return statement;
    }

    private static boolean is1(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql)) {
            for (int i = 0; i < values.length; i++) {
                if (values[i] instanceof byte[]) {
                    statement.setBytes(i + 1, (byte[]) values[i]);
                } else if (values[i] instanceof Long) {
                    statement.setLong(i + 1, (Long) values[i]);
                } else {
                    statement.setString(i + 1, (String) values[i]);
                }
            }
            return statement.executeUpdate() == 1;
        }
    }

    private static void purge(Connection connection, Dialect sql, String table) throws SQLException {
        try (PreparedStatement statement = prepare(connection, String.format(sql.purge, table))) {
            statement.executeUpdate();
        }
    }

    /** Closes the file of {@link #sqlite}; does nothing to a DataSource. */
    @Override
    public void close() throws SQLException {
        if (own != null) {
            own.close();
        }
    }
}
