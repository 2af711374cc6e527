import { crypto } from '../builtins';
import { badArgument } from '../errors';
import type { SessionStore, StoredSession } from '../sessions/store';

type Argument = string | Buffer;

// What is used of ioredis: a Redis or a Cluster.
interface Ioredis {
  callBuffer(command: string, ...args: Argument[]): Promise<unknown>;
}
// What is used of node-redis: a client, a pool or a cluster.
interface NodeRedis {
  sendCommand(...args: unknown[]): Promise<unknown>;
}

/** A connected client of ioredis or node-redis, of a single server or of a cluster. */
export type RedisClient = Ioredis | NodeRedis;

export interface RedisStoreOptions {
  /** What the keys begin with: `<prefix>session:<key>` and `<prefix>lock:<key>`. Default: `headlessid:`. */
  readonly prefix?: string | Uint8Array | undefined;
}

interface Script {
  readonly text: string;
  readonly sha: string;
}

const script = (text: string): Script => ({ text, sha: crypto.createHash('sha1').update(text).digest('hex') });

// Each looks and acts on one key in one step. They run on a primary alone, LOAD too, so that it sees what was saved.
const LOAD = script("return redis.call('HMGET', KEYS[1], 'version', 'value')");
const SAVE = script(`
local there = redis.call('HGET', KEYS[1], 'version') or ''
if there ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'value', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`);
const DELETE = script(`
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`);
const LOCK = script(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`);
const UNLOCK = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`);

/**
 * Sessions in Redis or Valkey, shared by processes and machines, in the layout of the other languages. The client is yours: connect
 * it, give it a handler of its `error` event, and close it after the sessions.
 *
 * A server that loses writes costs sessions: have it persist (`appendonly yes`), evict nothing (`maxmemory-policy noeviction`), and
 * wait for a replica where it may fail over.
 */
export class RedisStore implements SessionStore {
  readonly #run: (args: readonly Argument[], key: Buffer) => Promise<unknown>;
  readonly #prefix: Buffer;

  constructor(client: RedisClient, options: RedisStoreOptions = {}) {
    this.#run = runner(client);
    const { prefix = 'headlessid:' } = options;
    this.#prefix = typeof prefix === 'string' ? Buffer.from(prefix) : Buffer.from(prefix);
  }

  async load(key: Uint8Array): Promise<StoredSession | null> {
    const found = (await this.#eval(LOAD, this.#session(key))) as readonly (Buffer | null)[];
    const [version, value] = found;
    if (version === null && value === null) return null;
    if (!Buffer.isBuffer(version) || !Buffer.isBuffer(value)) throw new TypeError('what Redis has under the key is not a session');
    return { version: version.toString('latin1'), value };
  }

  async save(key: Uint8Array, expected: string | undefined, version: string, value: Uint8Array, ttlMs: number): Promise<boolean> {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return done(await this.#eval(SAVE, this.#session(key), expected ?? '', version, bytes, milliseconds(ttlMs)));
  }

  async delete(key: Uint8Array, version: string): Promise<boolean> {
    return done(await this.#eval(DELETE, this.#session(key), version));
  }

  async lock(key: Uint8Array, owner: string, ttlMs: number): Promise<boolean> {
    return done(await this.#eval(LOCK, this.#lock(key), owner, milliseconds(ttlMs)));
  }

  async unlock(key: Uint8Array, owner: string): Promise<boolean> {
    return done(await this.#eval(UNLOCK, this.#lock(key), owner));
  }

  #session(key: Uint8Array): Buffer {
    return Buffer.concat([this.#prefix, Buffer.from('session:'), key]);
  }

  #lock(key: Uint8Array): Buffer {
    return Buffer.concat([this.#prefix, Buffer.from('lock:'), key]);
  }

  async #eval({ text, sha }: Script, key: Buffer, ...values: Argument[]): Promise<unknown> {
    try {
      return await this.#run(['evalsha', sha, '1', key, ...values], key);
    } catch (error) {
      // The server was restarted, or is another one of the cluster: it has not run.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.#run(['eval', text, '1', key, ...values], key);
    }
  }
}

const milliseconds = (ttlMs: number): string => String(Math.max(1, Math.ceil(ttlMs)));

function done(given: unknown): boolean {
  const count = Number(given);
  if (count !== 0 && count !== 1) throw new TypeError('Redis gave neither 0 nor 1');
  return count === 1;
}

function runner(client: RedisClient): (args: readonly Argument[], key: Buffer) => Promise<unknown> {
  const given = Object(client) as Partial<Ioredis & NodeRedis> & { readonly masters?: unknown };
  if (typeof given.callBuffer === 'function') return ([command, ...args]) => (client as Ioredis).callBuffer(command as string, ...args);
  if (typeof given.sendCommand !== 'function') {
    throw badArgument('client', 'must be a connected client of ioredis or of redis (node-redis)');
  }
  const redis = client as NodeRedis;
  // Bulk strings as bytes: how version 4 says it, and version 5 and later, by the first byte of their form on the wire.
  const options = { returnBuffers: true, typeMapping: { [0x24]: Buffer } };
  if (Array.isArray(given.masters)) return (args, key) => redis.sendCommand(key, false, args, options);
  return (args) => redis.sendCommand(args, options);
}
