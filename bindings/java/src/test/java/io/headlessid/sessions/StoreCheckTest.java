package io.headlessid.sessions;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.MemoryStore;
import io.headlessid.SessionStore;
import io.headlessid.StoredSession;
import io.headlessid.testing.StoreCheck;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The check fails for each store that breaks one promise. */
class StoreCheckTest {
    /** Right in everything but what a subclass overrides. */
    static class Right implements SessionStore {
        final MemoryStore store;

        Right(MemoryStore store) {
            this.store = store;
        }

        @Override
        public StoredSession load(byte[] key) {
            return store.load(key);
        }

        @Override
        public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
            return store.save(key, expected, version, value, ttl);
        }

        @Override
        public boolean delete(byte[] key, String version) {
            return store.delete(key, version);
        }

        @Override
        public boolean lock(byte[] key, String owner, Duration ttl) {
            return store.lock(key, owner, ttl);
        }

        @Override
        public boolean unlock(byte[] key, String owner) {
            return store.unlock(key, owner);
        }

        String versionOf(byte[] key) {
            StoredSession found = store.load(key);
            return found == null ? null : found.getVersion();
        }
    }

    private static byte[] text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] trimmed(byte[] key) {
        int size = key.length;
        while (size > 0 && key[size - 1] == 0) {
            size--;
        }
        return Arrays.copyOf(key, size);
    }

    private static Arguments broken(String what, java.util.function.Function<MemoryStore, SessionStore> make) {
        Supplier<Supplier<SessionStore>> stores = () -> {
            MemoryStore memory = new MemoryStore();
            return () -> make.apply(memory);
        };
        return Arguments.of(what, stores);
    }

    static Stream<Arguments> brokenStores() {
        return Stream.of(
                broken("save looks and acts in two steps", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        String found = versionOf(key);
                        if (expected == null ? found != null : !expected.equals(found)) {
                            return false;
                        }
                        Thread.yield();
                        store.save(key, versionOf(key), version, value, ttl);
                        return true;
                    }
                }),
                broken("save ignores the version", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(key, versionOf(key), version, value, ttl);
                    }
                }),
                broken("save over nothing replaces", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(key, expected == null ? versionOf(key) : expected, version, value, ttl);
                    }
                }),
                broken("save over a version inserts", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(key, versionOf(key) == null ? null : expected, version, value, ttl);
                    }
                }),
                broken("save says true always", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        store.save(key, expected, version, value, ttl);
                        return true;
                    }
                }),
                broken("records have no end", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(key, expected, version, value, Duration.ofHours(1));
                    }
                }),
                broken("delete ignores the version", memory -> new Right(memory) {
                    @Override
                    public boolean delete(byte[] key, String version) {
                        String found = versionOf(key);
                        return found != null && store.delete(key, found);
                    }
                }),
                broken("delete says true always", memory -> new Right(memory) {
                    @Override
                    public boolean delete(byte[] key, String version) {
                        store.delete(key, version);
                        return true;
                    }
                }),
                broken("values are text", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(key, expected, version, text(value), ttl);
                    }
                }),
                broken("values are cut", memory -> new Right(memory) {
                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(key, expected, version, Arrays.copyOf(value, Math.min(value.length, 65535)), ttl);
                    }
                }),
                broken("keys are text", memory -> new Right(memory) {
                    @Override
                    public StoredSession load(byte[] key) {
                        return store.load(text(key));
                    }

                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(text(key), expected, version, value, ttl);
                    }
                }),
                broken("keys are trimmed", memory -> new Right(memory) {
                    @Override
                    public StoredSession load(byte[] key) {
                        return store.load(trimmed(key));
                    }

                    @Override
                    public boolean save(byte[] key, String expected, String version, byte[] value, Duration ttl) {
                        return store.save(trimmed(key), expected, version, value, ttl);
                    }
                }),
                broken("lock is for everyone", memory -> new Right(memory) {
                    @Override
                    public boolean lock(byte[] key, String owner, Duration ttl) {
                        return true;
                    }
                }),
                broken("lock is not for its owner again", memory -> new Right(memory) {
                    private boolean locked;

                    @Override
                    public boolean lock(byte[] key, String owner, Duration ttl) {
                        boolean done = store.lock(key, owner, ttl) && !locked;
                        locked |= done;
                        return done;
                    }
                }),
                broken("locks have no end", memory -> new Right(memory) {
                    @Override
                    public boolean lock(byte[] key, String owner, Duration ttl) {
                        return store.lock(key, owner, Duration.ofHours(1));
                    }
                }),
                broken("lock keeps its first end", memory -> new Right(memory) {
                    @Override
                    public boolean lock(byte[] key, String owner, Duration ttl) {
                        return ttl.toMillis() > 1000 && new String(key, StandardCharsets.UTF_8).endsWith("relocked")
                                && store.lock(key, owner, Duration.ofMillis(400)) || store.lock(key, owner, ttl);
                    }
                }),
                broken("unlock is for everyone", memory -> new Right(memory) {
                    @Override
                    public boolean unlock(byte[] key, String owner) {
                        for (String known : new String[] {"owner-a", "owner-b", owner}) {
                            if (store.unlock(key, known)) {
                                return true;
                            }
                        }
                        return false;
                    }
                }),
                broken("lock and record share a key", memory -> new Right(memory) {
                    @Override
                    public boolean lock(byte[] key, String owner, Duration ttl) {
                        return store.lock(key, owner, ttl) && (store.save(key, versionOf(key), owner, new byte[] {1}, ttl) || true);
                    }
                }),
                broken("a store of each process alone", memory -> new Right(new MemoryStore())),
                broken("a replica that lags", memory -> new Right(memory) {
                    private StoredSession seen;

                    @Override
                    public StoredSession load(byte[] key) {
                        StoredSession before = seen;
                        seen = store.load(key);
                        return before;
                    }
                }),
                broken("failures are absences", memory -> new Right(memory) {
                    @Override
                    public StoredSession load(byte[] key) {
                        return null;
                    }
                }),
                broken("it throws", memory -> new Right(memory) {
                    @Override
                    public StoredSession load(byte[] key) {
                        throw new IllegalStateException("broken");
                    }
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenStores")
    void it_fails_for_a_store_that_breaks_a_promise(String what, Supplier<Supplier<SessionStore>> stores) {
        AssertionError error = assertThrows(AssertionError.class, () -> StoreCheck.check(stores.get()), what);
        assertTrue(error.getMessage().startsWith("the store "), error::toString);
    }
}
