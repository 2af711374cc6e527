import { App } from './app';
import { badState, HeadlessIdError } from './errors';
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
  readonly #over = new AbortController();
  #running = 0;
  #closed: Promise<void> | undefined;

  /** Throws ARGUMENT, with the name of the setting in `field`, before anything is sent anywhere. */
  constructor(settings: Settings, options: ClientOptions = {}) {
    super();
    this.app = new App(settings);
    this.#transport = options.transport;
    if (options.transport !== undefined) return;
    this.#native = new (native().Client)();
    const most = options.maxInFlight;
    const problem = this.#native.open(this.app.native, most === undefined ? undefined : exactInteger('maxInFlight', most));
    if (problem !== undefined) throw new HeadlessIdError(problem);
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
    if (this.#native !== undefined) return this.#runNative(this.#native, flow, options);
    if (this.#closed !== undefined) throw badState('closed', 'the client is closed');
    const signals = options.signal === undefined ? [this.#over.signal] : [this.#over.signal, options.signal];
    this.#running += 1;
    try {
      return await runFlow(flow, this.#transport as Transport, { ...options, signal: AbortSignal.any(signals) });
    } catch (error) {
      const byClosing = error instanceof HeadlessIdError && error.isCancelled && !options.signal?.aborted;
      throw byClosing ? badState('closed', 'the client was closed') : error;
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
      for (;;) {
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
    return this.#native?.inFlight() ?? this.#running;
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
    const closing = this.#native?.close();
    if (closing !== undefined && 'kind' in closing) throw new HeadlessIdError(closing);
    await closing;
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
