/**
 * Salesforce Headless Identity flows for the JVM, on one native engine. A program that is a module says
 * {@code requires io.headlessid;} and starts with {@code --enable-native-access=io.headlessid} from JDK 24 on. What
 * {@link io.headlessid.Client} needs is in {@code java.base}; each adapter needs the library that it adapts to, which the
 * program requires anyway.
 */
module io.headlessid {
    // Where System.Logger is missing, it is that of java.util.logging.
    requires static java.logging;
    requires static transitive java.sql;
    requires static transitive java.net.http;
    requires static okhttp3;
    requires static redis.clients.jedis;
    requires static lettuce.core;
    requires static spring.core;
    requires static spring.web;
    requires static spring.webflux;
    requires static spring.security.oauth2.client;
    requires static spring.security.oauth2.core;
    requires static reactor.core;
    requires static io.opentelemetry.api;
    requires static io.opentelemetry.context;
    requires static com.fasterxml.jackson.annotation;
    requires static org.jetbrains.annotations;

    exports io.headlessid;
    exports io.headlessid.http;
    exports io.headlessid.jdbc;
    exports io.headlessid.okhttp;
    exports io.headlessid.opentelemetry;
    exports io.headlessid.redis;
    exports io.headlessid.spring;
    exports io.headlessid.internal to io.headlessid.testing;
}
