import { App } from './app';
import { badState, HeadlessIdError, type ErrorFields } from './errors';
import type { Flow } from './flow';
import { FlowMethods, type FlowName, type FlowParameters, type FlowResults, type Settings } from './generated';
import { native, type NativeClient } from './native';
import type { Result } from './result';
import { answerByHost, runFlow, withCause } from './run';
import type { CallOptions, RunOptions, Transport } from './types';
import { exactInteger } from './values';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export interface ClientOptions {
  /** Flows at a time; one more is refused with STATE. The library's default: 10,000. */
  readonly maxInFlight?: number | undefined;
  /**
   * Your own HTTP stack, `fetchTransport()` for one, instead of the library's: then no thread is started, and the
   * settings that say "only for the library's own client" do not count.
   */
  readonly transport?: Transport | undefined;
}

/**
 * Runs flows: thousands at once, on one I/O thread with connections, TLS sessions and HTTP/2 reused. Make one for
 * each app and keep it. Nothing blocks the event loop, and only flows in flight keep the process alive.
 *
 * ```js
 * await using client = new Client({ site, clientId, redirectUri });
 * const guest = await client.guest();
 * const me = await client.login({ username, password, guest });
 * ```
 */
export class Client extends FlowMethods {
  /** The settings, for flows that you drive yourself. */
  readonly app: App;
  readonly #native: NativeClient | undefined;
  readonly #transport: Transport | undefined;
  readonly #ready: Promise<void>;
  readonly #over = new AbortController();
  #running = 0;
  #closed: Promise<void> | undefined;

  /**
   * Throws ARGUMENT, with the name of the setting in `field`, before anything is sent anywhere. The certificates
   * are read meanwhile: what is wrong with `caFile` comes from `ready()` and from every call.
   */
  constructor(settings: Settings, options: ClientOptions = {}) {
    super();
    this.app = new App(settings);
    this.#transport = options.transport;
    if (options.transport === undefined) {
      this.#native = new (native().Client)();
      const most = options.maxInFlight;
      this.#ready = opened(this.#native.open(this.app.native, most === undefined ? undefined : exactInteger('maxInFlight', most)));
      // Whoever calls is told; nobody calling is no unhandled rejection.
      this.#ready.catch(() => {});
    } else {
      this.#ready = Promise.resolve();
    }
  }

  /** Resolves when the client can run flows; every call waits for that by itself. */
  ready(): Promise<void> {
    return this.#ready;
  }

  override async call<N extends FlowName>(
    name: N,
    parameters: FlowParameters[N],
    options: CallOptions = {},
  ): Promise<FlowResults[N]> {
    const flow = this.app.flow(name, parameters, options);
    try {
      return await this.run(flow, options);
    } finally {
      flow.close();
    }
  }

  /** Runs a flow that `app.flow(...)` made, to its end. It stays yours to close. */
  async run<R extends Result>(flow: Flow<R>, options: RunOptions = {}): Promise<R> {
    if (this.#closed !== undefined) throw closed();
    this.#running += 1;
    try {
      if (this.#native !== undefined) return await this.#runNative(this.#native, flow, options);
      const signals = options.signal === undefined ? [this.#over.signal] : [this.#over.signal, options.signal];
      return await runFlow(flow, this.#transport as Transport, { ...options, signal: AbortSignal.any(signals) });
    } catch (error) {
      const byClosing = error instanceof HeadlessIdError && error.isCancelled && this.#closed !== undefined && !options.signal?.aborted;
      throw byClosing ? closed() : error;
    } finally {
      this.#running -= 1;
    }
  }

  async #runNative<R extends Result>(client: NativeClient, flow: Flow<R>, options: RunOptions): Promise<R> {
    const { signal } = options;
    const handle = flow.drive();
    const cancel = (): void => client.cancel(handle);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await this.#ready;
      for (;;) {
        if (this.#closed !== undefined) throw closed();
        // The library's own "cancelled", without anything being sent.
        if (signal?.aborted) handle.cancel();
        const started = signal?.aborted ? handle.next(0) : client.start(handle);
        if (typeof started === 'object' && 'kind' in started) throw new HeadlessIdError(started);
        const step = flow.stepFrom(await started);
        if (step.step === 'DONE') return step.result;
        if (step.step === 'FAILED') throw withCause(step.error, signal, undefined);
        const given = await answerByHost(flow, step, options, signal);
        const problem = given && handle.giveValue(given.name, given.value);
        if (problem !== undefined) throw new HeadlessIdError(problem);
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      flow.release();
    }
  }

  /** Flows that were started and have not come to their end. */
  get inFlight(): number {
    return this.#running;
  }

  /**
   * Ends every flow in flight (each rejects once, reason `closed`), stops the I/O thread, and resolves when that
   * is done. Safe twice, and while calls run.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#over.abort();
    await this.#ready.catch(() => {});
    await this.#native?.close();
  }

  /** `await using client = ...` waits for the end of closing. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** `using client = ...` begins to close and does not wait: nothing may block the event loop. */
  [Symbol.dispose](): void {
    void this.close();
  }

  /** @internal */
  [INSPECT](): string {
    return `Client { site: ${JSON.stringify(this.app.site)}, clientId: ${JSON.stringify(this.app.clientId)}, ${this.#closed ? 'closed' : 'open'} }`;
  }
}

async function opened(opening: Promise<ErrorFields | undefined> | ErrorFields): Promise<void> {
  const problem = await opening;
  if (problem !== undefined) throw new HeadlessIdError(problem);
}

function closed(): HeadlessIdError {
  return badState('closed', 'the client is closed');
}
