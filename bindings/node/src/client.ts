import { App } from './app';
import { Challenge } from './challenge';
import { badArgument, badState, because, HeadlessIdError, type ErrorFields } from './errors';
import type { EventListener } from './event';
import { Events } from './events';
import { Flow, unknownStep } from './flow';
import type { FlowName, FlowParameters, FlowResults } from './generated/flows';
import { FlowMethods } from './generated/methods';
import type { Settings } from './generated/settings';
import { hide } from './hidden';
import type { Transport } from './http';
import { native, type NativeClient, type NativeFlow } from './native';
import { checkOptions, OPTIONS, type CallOptions, type FlowOptions, type RunOptions, type Signer, type StartOptions } from './options';
import { settingsFromEnv, settingsFromProfile, type EnvOptions } from './profile';
import type { Result } from './result';
import { follow, giveSignature, noSigner, runToEnd, runUntilParked, withCause, type Parked } from './run';
import type { RunSessionFlow } from './sessions/kept';
import { Sessions, type SessionsOptions } from './sessions/sessions';
import { serve, type SessionStore } from './sessions/store';
import { exactInteger } from './values';

type Given = string | Uint8Array;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const CLIENT_OPTIONS: readonly (keyof ClientOptions)[] = ['maxInFlight', 'transport', 'signer', 'onEvent'];

export interface ClientOptions {
  /** Flows at a time, 1 to 1,000,000; one more is refused with STATE, reason `too_many_flows`. Default: 10,000. */
  readonly maxInFlight?: number | undefined;
  /**
   * Your own HTTP stack, such as `fetchTransport()`, instead of the library's: then no thread is started, and the
   * settings that are only for the library's own client have no effect.
   */
  readonly transport?: Transport | undefined;
  /** Signs with a key that never leaves the host, where the setting `signedBy` is 'host'. */
  readonly signer?: Signer | undefined;
  /**
   * Called with what happens in every flow, a session's too: requests, operations of a store, the end. Called when the flow
   * stops, in the order in which it happened. The channel `headlessid:event` of `node:diagnostics_channel` has the same.
   */
  readonly onEvent?: EventListener | undefined;
}

/**
 * Runs flows: thousands at once, on one thread that reuses connections, TLS sessions and HTTP/2. Create one for
 * each app and keep it. Nothing blocks the event loop, and only flows in flight keep the process alive.
 *
 * ```js
 * const client = new Client({ site, clientId, redirectUri });
 * const guest = await client.guest();
 * const me = await client.login({ username, password, guest });
 * await client.close(); // at the program's end; on Node 24, or in TypeScript: await using client = ...
 * ```
 */
export class Client extends FlowMethods {
  /** The settings, for flows that you drive yourself. */
  readonly app: App;
  readonly #native: NativeClient | undefined;
  readonly #transport: Transport | undefined;
  readonly #signer: Signer | undefined;
  readonly #most: number;
  readonly #ready: Promise<void>;
  readonly #over = new AbortController();
  readonly #events: Events;
  readonly #sessionFlows = new Set<Promise<unknown>>();
  #running = 0;
  #closed: Promise<void> | undefined;

  /**
   * Throws ARGUMENT, with the name of the setting in `field`, before anything is sent. The certificates are read in
   * the background: `ready()` and every call reject if `caFile` cannot be used.
   */
  constructor(settings: Settings, options: ClientOptions = {}) {
    super();
    settings = hide(settings);
    checkOptions(CLIENT_OPTIONS, options);
    this.app = new App(settings);
    this.#most = mostOf(options.maxInFlight);
    this.#transport = options.transport;
    this.#signer = options.signer;
    this.#events = new Events(options.onEvent, options.transport === undefined);
    if (options.transport === undefined) {
      this.#native = new (native().Client)();
      this.#ready = opened(this.#native.open(this.app.native, this.#most));
      // Every call rejects with it; without a call it is not an unhandled rejection.
      this.#ready.catch(() => {});
    } else {
      this.#ready = Promise.resolve();
    }
  }

  /**
   * A client with the settings of the environment: HEADLESSID_SITE, HEADLESSID_CLIENT_ID and so on, as for the
   * command; an empty variable counts as absent. The profile that HEADLESSID_PROFILE names supplies what they leave
   * out, and `settings` overrides both.
   */
  static fromEnv(settings: Partial<Settings> = {}, options: ClientOptions & EnvOptions = {}): Client {
    settings = hide(settings);
    const source: EnvOptions = hide({ prefix: options.prefix, env: options.env });
    checkOptions([...CLIENT_OPTIONS, 'prefix', 'env'], options);
    options = { maxInFlight: options.maxInFlight, transport: options.transport, signer: options.signer, onEvent: options.onEvent };
    return new Client(settingsFromEnv(settings, source), options);
  }

  /**
   * A client with the settings of a profile: the file that the command reads with --profile, a JSON object with the
   * catalogue's names, `{"site": "...", "client_id": "..."}`. `settings` overrides it.
   */
  static fromProfile(path: string | URL, settings: Partial<Settings> = {}, options: ClientOptions = {}): Client {
    settings = hide(settings);
    return new Client(settingsFromProfile(path, settings), options);
  }

  /** Resolves when the client can run flows. Every call waits for that by itself. */
  ready(): Promise<void> {
    return this.#ready;
  }

  override async call<N extends FlowName>(name: N, parameters: FlowParameters[N], options: CallOptions = {}): Promise<FlowResults[N]> {
    parameters = hide(parameters);
    checkOptions(OPTIONS.call, options);
    const flow = Flow.open(this.app.native, name, parameters, options);
    try {
      return await runToEnd(flow, this.#runUntilParked, options);
    } finally {
      flow.close();
    }
  }

  override async start<N extends FlowName>(
    name: N,
    parameters: FlowParameters[N],
    options: StartOptions = {},
  ): Promise<Challenge<FlowResults[N]>> {
    parameters = hide(parameters);
    checkOptions(OPTIONS.start, options);
    const flow = Flow.open(this.app.native, name, parameters, options);
    try {
      const handle = flow.drive();
      const parked = await this.#runUntilParked(flow, handle, options.signal).finally(() => flow.release());
      if (parked.step === 'FAILED') throw parked.error;
      return new Challenge(flow, parked, this.#runUntilParked);
    } catch (error) {
      flow.close();
      throw error;
    }
  }

  /**
   * Resumes a challenge from the ticket of `seal`, made here or in another process or language. Nothing is sent. Throws
   * `isTicketRefused` for everything that is wrong with a ticket, its age included, and STATE, reason `other_session`,
   * if only the binding differs.
   *
   * Name the flow that must go on, and the result has its type: a good ticket of another flow is STATE, reason
   * `other_flow`, so that a registration's ticket does not open at the sign-in's route. Without a name, a ticket of any
   * flow opens, and `flow` tells which.
   */
  resume<N extends FlowName>(ticket: Given, binding: Given | undefined, flow: N, options?: FlowOptions): Challenge<FlowResults[N]>;
  resume(ticket: Given, binding?: Given, options?: FlowOptions): Challenge<FlowResults[FlowName]>;
  resume(ticket: Given, binding?: Given, name?: FlowName | FlowOptions, more: FlowOptions = {}): Challenge<Result> {
    [ticket, binding] = [hide(ticket), hide(binding)];
    if (this.#closed !== undefined) throw closed();
    const options = typeof name === 'object' ? name : more;
    checkOptions(OPTIONS.flow, options);
    const flow: Flow = Flow.unseal(this.app.native, ticket, binding, typeof name === 'string' ? { ...options, flow: name } : options);
    try {
      this.#events.watch(flow.native);
      const parked = flow.next() as Parked<Result>;
      if (parked.step === 'FAILED') throw parked.error;
      return new Challenge(flow, parked, this.#runUntilParked);
    } catch (error) {
      flow.close();
      throw error;
    }
  }

  /** Runs a flow that `app.flow(...)` made, to its end. Closing it remains up to you. */
  async run<R extends Result>(flow: Flow<R>, options: RunOptions = {}): Promise<R> {
    checkOptions(OPTIONS.run, options);
    return runToEnd(flow, this.#runUntilParked, options);
  }

  /**
   * The sessions of this client's app in a store of yours: `MemoryStore`, `SqliteStore` or `RedisStore` of `headlessid/stores`,
   * or one that you write. Create one for each store, and keep it. Throws ARGUMENT where neither `keys` nor the setting
   * `sessionKeys` has keys to seal with.
   */
  sessions(store: SessionStore, options: SessionsOptions = {}): Sessions {
    options = hide(options);
    if (this.#closed !== undefined) throw closed();
    return new Sessions({ app: this.app, run: this.#runSessions }, store, options);
  }

  readonly #runSessions =
    (store: SessionStore, storeTimeoutMs: number): RunSessionFlow =>
    async (session, name, parameters) => {
      parameters = hide(parameters);
      if (this.#closed !== undefined) throw closed();
      const flow = Flow.ofSession(session, name, parameters);
      const running = this.#runSession(flow, store, storeTimeoutMs);
      this.#sessionFlows.add(running);
      try {
        return await running;
      } finally {
        this.#sessionFlows.delete(running);
        flow.close();
      }
    };

  /** To its end, whatever its caller does, and also while the client closes: broken off at the wrong moment, a session is lost. */
  async #runSession<R extends Result>(flow: Flow<R>, store: SessionStore, storeTimeoutMs: number): Promise<R> {
    const handle = flow.drive();
    const watch = this.#events.watch(handle);
    let fault: unknown;
    try {
      for (;;) {
        // A look at the store that is enough takes no way over the client's thread.
        const step = handle.next(Date.now());
        if (typeof step !== 'number') throw new HeadlessIdError(step);
        const name = handle.stepName(step);
        if (name === 'STORE') {
          fault = (await serve(handle, store, storeTimeoutMs)) ?? fault;
          continue;
        }
        const parked =
          name === 'DONE' || name === 'FAILED' ? (flow.stepFrom(step) as Parked<R>) : await this.#toPark(flow, handle, undefined);
        if (parked.step === 'DONE') return parked.result;
        if (parked.step === 'FAILED') {
          throw parked.error.reason === 'store_fault' && fault !== undefined ? because(parked.error, fault) : parked.error;
        }
        if (parked.step !== 'STORE') throw parked.step === 'SIGN' ? noSigner(flow.name) : unknownStep(flow.name, parked.step);
      }
    } finally {
      flow.release();
      watch?.tell();
    }
  }

  /** Runs a flow until it is parked, over the library's own I/O or the host's; the client's signer signs. */
  readonly #runUntilParked = async <R extends Result>(
    flow: Flow<R>,
    handle: NativeFlow,
    signal: AbortSignal | undefined,
  ): Promise<Parked<R>> => {
    if (this.#closed !== undefined) throw closed();
    const watch = this.#events.watch(handle);
    try {
      return await this.#toPark(flow, handle, signal);
    } finally {
      watch?.tell();
    }
  };

  async #toPark<R extends Result>(flow: Flow<R>, handle: NativeFlow, signal: AbortSignal | undefined): Promise<Parked<R>> {
    // The library's own client counts by itself.
    if (this.#native === undefined && this.#running >= this.#most) throw tooMany();
    this.#running += 1;
    try {
      for (;;) {
        const parked = await (this.#native ? this.#runNative(this.#native, flow, handle, signal) : this.#runOver(flow, handle, signal));
        if (parked.step === 'FAILED' && parked.error.isCancelled && this.#closed !== undefined && !signal?.aborted) {
          return { step: parked.step, error: closed() };
        }
        if (parked.step !== 'SIGN' || this.#signer === undefined) return parked;
        const { algorithm, input } = parked;
        const signer = this.#signer;
        const failed = await giveSignature(flow, handle, () => signer(algorithm, input), signal);
        if (failed !== undefined) return failed;
      }
    } finally {
      this.#running -= 1;
    }
  }

  async #runOver<R extends Result>(flow: Flow<R>, handle: NativeFlow, signal: AbortSignal | undefined): Promise<Parked<R>> {
    const either = follow(signal, this.#over.signal);
    try {
      return await runUntilParked(this.#transport as Transport, flow, handle, either.signal);
    } finally {
      either.end();
    }
  }

  async #runNative<R extends Result>(
    client: NativeClient,
    flow: Flow<R>,
    handle: NativeFlow,
    signal: AbortSignal | undefined,
  ): Promise<Parked<R>> {
    const cancel = (): void => void handle.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await this.#ready;
      if (this.#over.signal.aborted) throw closed();
      // The library's own "cancelled", without anything being sent.
      if (signal?.aborted) handle.cancel();
      const started = signal?.aborted ? handle.next(0) : client.start(handle);
      if (typeof started === 'object' && 'kind' in started) throw new HeadlessIdError(started);
      const step = flow.stepFrom(await started) as Parked<R>;
      return step.step === 'FAILED' ? { step: step.step, error: withCause(step.error, signal, undefined) } : step;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Flows in progress: neither at their end nor waiting for a person. */
  get inFlight(): number {
    return this.#running;
  }

  /**
   * Ends every flow in flight (each rejects once, reason `closed`), ends the client's thread, and resolves when that
   * is done. Flows of sessions come to their end first, which the setting `timeoutMs` limits. Safe to call twice, and while
   * calls run.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    while (this.#sessionFlows.size > 0) await Promise.allSettled(this.#sessionFlows);
    this.#over.abort();
    await this.#ready.catch(() => {});
    await this.#native?.close();
  }

  /** `await using client = ...` waits until it is closed. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** `using client = ...` begins to close and does not wait, so that nothing blocks the event loop. */
  [Symbol.dispose](): void {
    void this.close();
  }

  /** @internal */
  [INSPECT](): string {
    if (!(#ready in this)) return 'Client {}';
    return `Client { site: ${JSON.stringify(this.app.site)}, clientId: ${JSON.stringify(this.app.clientId)}, ${this.#closed ? 'closed' : 'open'} }`;
  }
}

async function opened(opening: Promise<ErrorFields | undefined> | ErrorFields): Promise<void> {
  const problem = await opening;
  if (problem !== undefined) throw new HeadlessIdError(problem);
}

function mostOf(given: number | bigint | undefined): number {
  const most = Number(exactInteger('maxInFlight', given ?? 10_000));
  if (most < 1 || most > 1_000_000) throw badArgument('maxInFlight', 'must be a number from 1 to 1,000,000');
  return most;
}

function tooMany(): HeadlessIdError {
  const message = 'as many flows are in flight as maxInFlight allows';
  return new HeadlessIdError({ kind: 'STATE', advice: 'RETRY_LATER', reason: 'too_many_flows', message });
}

function closed(): HeadlessIdError {
  return badState('closed', 'the client is closed');
}
