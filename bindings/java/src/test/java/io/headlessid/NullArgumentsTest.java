package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.headlessid.jdbc.JdbcStore;
import io.headlessid.okhttp.OkHttpTransport;
import io.headlessid.opentelemetry.OpenTelemetryListener;
import io.headlessid.redis.JedisStore;
import io.headlessid.redis.LettuceStore;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A null where none may be names its argument at once, not at the first use. */
class NullArgumentsTest {
    private static Arguments given(String named, Executable call) {
        return Arguments.of(named, call);
    }

    static Stream<Arguments> calls() {
        return Stream.of(
                given("source", () -> new JdbcStore((DataSource) null)),
                given("file", () -> JdbcStore.sqlite(null)),
                given("client", () -> new JedisStore(null)),
                given("connection", () -> new LettuceStore((StatefulRedisConnection<byte[], byte[]>) null)),
                given("connection", () -> new LettuceStore((StatefulRedisClusterConnection<byte[], byte[]>) null)),
                given("commands", () -> new LettuceStore(null, "shop:")),
                given("client", () -> new OkHttpTransport(null)),
                given("telemetry", () -> new OpenTelemetryListener(null)),
                given("version", () -> new StoredSession(null, new byte[0])),
                given("value", () -> new StoredSession("v", null)),
                given("uvid", () -> new Visitor(null, "token", null)),
                given("accessToken", () -> new Visitor("u", null, null)));
    }

    @ParameterizedTest(name = "{0} {index}")
    @MethodSource("calls")
    void is_named(String named, Executable call) {
        assertEquals(named, assertThrows(NullPointerException.class, call).getMessage());
    }
}
