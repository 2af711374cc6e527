import type { App } from '../app';
import { argumentFields, badArgument, badState, check, type Refusal } from '../errors';
import { bytesOnly } from '../flow';
import { hide, reveal } from '../hidden';
import { native, type NativeSessions } from '../native';
import { checkOptions, type SignalOptions } from '../options';
import type { TokensLike, ValueTable } from '../tables';
import { toNative } from '../values';
import { sessionFetch } from './fetch';
import { Kept, type Keeping, type RunSessionFlow } from './kept';
import { lackOf, type SessionStore } from './store';
import type { SessionToken } from '../generated/results';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A session's key in the store: text, as its UTF-8, or bytes; 1 to 512 of them. */
export type SessionKey = string | Uint8Array;

export interface SessionsOptions {
  /**
   * The keys that seal what goes into the store, as the setting `sessionKeys`, which counts unless given: `id:key`, the
   * key 32 bytes in base64, as `headlessid session new-key` prints one; or a Map or an object of each id to its 32 bytes, or to
   * their base64. The first one seals, and all open.
   */
  readonly keys?:
    string | readonly string[] | ReadonlyMap<string, Uint8Array | string> | { readonly [id: string]: Uint8Array | string } | undefined;
  /**
   * Whether a token that is due, and still lasts, is handed out while a flow refreshes it, so that no caller waits.
   * Default: true.
   */
  readonly background?: boolean | undefined;
  /** How many sessions this process remembers the token of; those that were used least recently go. Default: 10,000. */
  readonly maxSessions?: number | undefined;
  /** How long an operation of the store may take, in milliseconds; after that it counts as failed. Default: 5,000. */
  readonly storeTimeout?: number | undefined;
}

export interface SessionCallOptions extends SignalOptions {
  /**
   * How long the token must last, in milliseconds; of a token whose whole life is shorter than twice that, half of its life.
   * Default: 0.
   */
  readonly minTtl?: number | undefined;
}

export interface GuestSessionOptions extends SessionCallOptions {
  readonly scope?: readonly string[] | undefined;
}

const OPTIONS: readonly (keyof SessionsOptions)[] = ['keys', 'background', 'maxSessions', 'storeTimeout'];
const SIGNAL = ['signal'];
const CALL = ['minTtl', 'signal'];
const GUEST = ['scope', ...CALL];
const KEYS: ValueTable = { keys: { name: 'session_keys', kind: 'list' } };

const MOST_SESSIONS = 10_000;
const STORE_TIMEOUT_MS = 5000;

/** What sessions need of the client that made them. */
export interface SessionHost {
  readonly app: App;
  run(store: SessionStore, storeTimeoutMs: number): RunSessionFlow;
}

/**
 * The sessions of a client's app in a store: a signed-in user's tokens, kept for days, shared by processes and machines, and
 * refreshed once among all of them. What goes into the store is encrypted. Create one for each store, and keep it.
 *
 * ```js
 * const sessions = client.sessions(new RedisStore(redis), { keys });
 * const session = await sessions.begin('user-42', tokens);
 * const token = await session.accessToken({ minTtl: 60_000 });
 * ```
 *
 * A flow of a session is never broken off: a `signal` ends the wait of its caller alone, and `close` waits for it.
 */
export class Sessions {
  readonly #native: NativeSessions;
  readonly #keeping: Keeping;
  readonly #most: number;
  // By the bytes of the key; the one that was used least recently first.
  readonly #known = new Map<string, Session>();
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** @internal By `client.sessions`. */
  constructor(host: SessionHost, store: SessionStore, options: SessionsOptions) {
    options = hide(options);
    checkOptions(OPTIONS, reveal(options));
    const lack = lackOf(store);
    if (lack !== undefined) throw badArgument('store', `lacks the method ${lack} of a store`);
    this.#most = positive('maxSessions', reveal(options).maxSessions ?? MOST_SESSIONS);
    this.#native = new (native().Sessions)();
    const { values, refusal } = toNative(KEYS, hide({ keys: reveal(options).keys }), 'is not an option of this call');
    check(refusal ?? this.#native.open(host.app.native, reveal(values)[1]));
    const run = host.run(store, positive('storeTimeout', reveal(options).storeTimeout ?? STORE_TIMEOUT_MS));
    this.#keeping = {
      run: (session, name, parameters) => this.#track(() => run(session, name, parameters)),
      cacheMs: host.app.sessionCacheMs,
      inBackground: reveal(options).background ?? true,
    };
  }

  /**
   * Keeps what a sign-in brought (a TokenSet, or its text), or a guest's visit, under a key of yours, in place of what is there; a
   * guest's visitor goes on.
   */
  async begin(key: SessionKey, tokens: TokensLike | string | Uint8Array, options: SignalOptions = {}): Promise<Session> {
    [key, tokens] = [hide(key), hide(tokens)];
    checkOptions(SIGNAL, options);
    const session = this.get(key);
    await session.kept.begin(hide({ tokens: reveal(tokens) }), options.signal);
    return session;
  }

  /** The session under this key, whether the store has one or not: no I/O. */
  get(key: SessionKey): Session {
    key = hide(key);
    check(bytesOnly('key', key) ?? wellFormed(key));
    const id = hide(bytesOf(key).toString('latin1'));
    const known = this.#known.get(reveal(id));
    if (known !== undefined) {
      this.#known.delete(reveal(id));
      this.#known.set(reveal(id), known);
      return known;
    }
    const handle = new (native().Session)();
    check(handle.open(this.#native, bytesOf(key)));
    const session = new Session(new Kept(handle, this.#keeping));
    this.#known.set(reveal(id), session);
    if (this.#known.size > this.#most) this.#forgetOne();
    return session;
  }

  /**
   * A guest's session under this key: the one that is there, renewed if it is due, or a new visitor's. STATE, reason
   * `named_session`, where a person is signed in under this key. `begin` makes it the person's.
   */
  async guest(key: SessionKey, options: GuestSessionOptions = {}): Promise<Session> {
    key = hide(key);
    const minTtl = minTtlIn(options, GUEST);
    const session = this.get(key);
    await session.kept.guest(minTtl, options.scope, options.signal);
    return session;
  }

  /**
   * Resolves when no flow of these sessions is under way. From its call on none begins: what would need one rejects with
   * STATE, reason `closed`. The store stays open: it is yours. Safe to call twice.
   */
  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#running).then(() => {});
    return this.#closed;
  }

  /** `await using sessions = ...` waits until it is closed. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  [INSPECT](): string {
    return `Sessions { ${this.#closed === undefined ? 'open' : 'closed'} }`;
  }

  async #track<T>(start: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw badState('closed', 'the sessions are closed');
    const running = start();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** A session with a flow under way stays: two handles of one key would have a flow each. */
  #forgetOne(): void {
    for (const [id, session] of this.#known) {
      if (session.kept.isBusy) continue;
      this.#known.delete(id);
      return;
    }
  }
}

/**
 * One session of a store. It holds nothing open and needs no closing; `sessions.get(key)` gives it again, in any process. Its
 * calls may overlap: one flow is under way at a time, and all who need it take its outcome.
 *
 * What they reject with is a HeadlessIdError: `isSignInRequired` where the session is over, and `isRetryable` where the session
 * is as it was. [All of them](../../../../docs/errors.md#sessions).
 */
export class Session {
  readonly #kept: Kept;
  /**
   * The global `fetch` with this session's token in `Authorization`. Where the response is a 401, the token is replaced, and the
   * request sent again, once, if its body is not a stream; else the 401 is handed through, and the next request has a new token.
   * So it is where a redirect followed a request other than GET and HEAD, which may have been carried out.
   * A redirect to another origin goes there without the token. A request with an Authorization header of its own is sent as it
   * is. Usable by itself: `const { fetch } = session`.
   */
  readonly fetch: typeof globalThis.fetch = sessionFetch(this);

  /** @internal By `sessions.get`. */
  constructor(kept: Kept) {
    this.#kept = kept;
  }

  /**
   * An access token that lasts for `minTtl` milliseconds, refreshed if it is due. Where this process has one that needs no look
   * at the store, the promise is resolved without I/O.
   */
  async accessToken(options: SessionCallOptions = NONE): Promise<string> {
    const minTtl = minTtlIn(options);
    return this.#kept.textNow(minTtl) ?? this.#kept.text(minTtl, options.signal);
  }

  /** The access token if this process has one that needs no look at the store; else undefined: call `accessToken`. No I/O. */
  accessTokenNow(minTtl = 0): string | undefined {
    return this.#kept.textNow(minTtlIn({ minTtl }));
  }

  /** The same as `accessToken`, with what belongs to the token: when it expires, the address of the org's APIs. */
  async token(options: SessionCallOptions = NONE): Promise<SessionToken> {
    return this.#kept.token(minTtlIn(options), options.signal);
  }

  /**
   * Another access token than this one, to which an API has responded with 401: a new one, unless another call or process has had
   * it refreshed already.
   */
  async rejected(accessToken: string, options: SessionCallOptions = NONE): Promise<string> {
    accessToken = hide(accessToken);
    const minTtl = minTtlIn(options);
    check(typeof reveal(accessToken) === 'string' ? undefined : new TypeError('accessToken must be a string'));
    return (await this.#kept.rejected(accessToken, minTtl, options.signal)).accessToken;
  }

  /**
   * Forgets the session, and then revokes its tokens. Whether there were any to revoke. Rejects where they cannot be revoked: the
   * session is over then as well, and another call tries again.
   */
  async end(options: SignalOptions = {}): Promise<boolean> {
    checkOptions(SIGNAL, options);
    return this.#kept.end(options.signal);
  }

  /** @internal */
  get kept(): Kept {
    return this.#kept;
  }

  /** @internal Not the key: it may be the id of a browser's session. */
  [INSPECT](): string {
    return 'Session {}';
  }

  /** @internal */
  toJSON(): Record<string, unknown> {
    return {};
  }
}

const NONE: SessionCallOptions = Object.freeze({});

function minTtlIn(options: SessionCallOptions, known: readonly string[] = CALL): number {
  if (options === NONE) return 0;
  checkOptions(known, options);
  const { minTtl = 0 } = options;
  if (!Number.isSafeInteger(minTtl) || minTtl < 0) throw badArgument('minTtl', 'must be a whole number of milliseconds, 0 or more');
  return minTtl;
}

function positive(field: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw badArgument(field, 'must be a whole number, 1 or more');
  return value;
}

/** The bytes of a key; UTF-8 would have U+FFFD in the place of half a character, and so one key for several. */
function wellFormed(key: SessionKey): Refusal {
  const text = reveal(key);
  return typeof text !== 'string' || (text as unknown as { isWellFormed(): boolean }).isWellFormed()
    ? undefined
    : argumentFields('key', 'is not well-formed text');
}

function bytesOf(key: SessionKey): Buffer {
  const given = reveal(key);
  if (typeof given === 'string') return Buffer.from(given, 'utf8');
  return given === undefined || given === null ? Buffer.alloc(0) : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
}
