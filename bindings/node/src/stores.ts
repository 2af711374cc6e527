/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Stores for sessions: `client.sessions(store)`. Each uses the client library that the program has already; none is a dependency of
 * this package.
 */
export type { SessionStore, StoredSession } from './sessions/store';
export { MemoryStore } from './stores/memory';
export { RedisStore, type RedisClient, type RedisStoreOptions } from './stores/redis';
export { SqliteStore, type SqliteDatabase, type SqliteStoreOptions } from './stores/sqlite';
