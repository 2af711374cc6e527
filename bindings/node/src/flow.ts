import { badArgument, badState, check, HeadlessIdError, type ErrorFields, type Refusal } from './errors';
import { FLOWS, type FlowName, type FlowParameters, type FlowResults } from './generated/flows';
import { hide, reveal } from './hidden';
import { HttpRequest, type HttpResponse, type NoResponseReason, type Sent } from './http';
import { NAMES } from './generated/names';
import { native, type NativeApp, type NativeAsk, type NativeFlow, type NativeSession } from './native';
import { suggestion } from './nearest';
import type { FlowOptions, UnsealOptions } from './options';
import type { Result } from './result';
import { SESSION_FLOWS, type SessionFlowName, type SessionOutcome } from './sessions/flows';
import type { FlowDescription, ValueTable } from './tables';
import { exactInteger, exactNumber, setAll, smallInteger, withTokens } from './values';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Show a person a page. With a `code`, the person types it at `verificationUri`, and `url` has it filled in, for a link or a QR
 * code. With a `name`, `giveValue` follows; otherwise the next `next` says that it was shown. `problem` says what was wrong with the
 * last value.
 */
export interface ShowStep {
  readonly step: 'SHOW';
  readonly url: string;
  readonly code: string | undefined;
  readonly verificationUri: string | undefined;
  readonly name: string | undefined;
  readonly problem: HeadlessIdError | undefined;
}

/** The step that a flow needs next. */
export type Step<R extends Result = Result> =
  | { readonly step: 'SEND'; readonly request: HttpRequest }
  | { readonly step: 'ASK'; readonly name: string; readonly secret: boolean; readonly problem: HeadlessIdError | undefined }
  | ShowStep
  | { readonly step: 'SIGN'; readonly algorithm: string; readonly input: Uint8Array }
  | { readonly step: 'WAIT'; readonly untilMs: number }
  | { readonly step: 'DONE'; readonly result: R }
  | { readonly step: 'FAILED'; readonly error: HeadlessIdError };

/** With an operation of a session's store, which a client does by itself: no flow of the catalogue has one. */
export type AnyStep<R extends Result> = Step<R> | { readonly step: 'STORE' };

/** @internal */
export const SENT = { no: 1, maybe: 2 } as const;

/**
 * One guest visit, one login: a state machine that does no I/O. Ask for its step (`next`), do it, report the outcome
 * (`give...`), ask again, until DONE or FAILED. Each call is synchronous and takes microseconds. While `runFlow` or a
 * client runs a flow, only `cancel` and `close` work; any other call throws STATE, reason `busy`.
 */
export class Flow<R extends Result = Result> {
  readonly name: FlowName;
  readonly #native: NativeFlow;
  readonly #description: FlowDescription<R>;
  readonly #trace: ((transcript: string) => void) | undefined;
  // Aborted when the flow is cancelled or closed while it is driven; undefined while it is not.
  #run: AbortController | undefined;
  #last = 'new';

  private constructor(name: FlowName, handle: NativeFlow, description: FlowDescription<R>, options: FlowOptions) {
    this.name = name;
    this.#native = handle;
    this.#description = description;
    this.#trace = options.trace;
  }

  /** @internal */
  static open<N extends FlowName>(app: NativeApp, name: N, parameters: FlowParameters[N], options: FlowOptions): Flow<FlowResults[N]> {
    const handle = new (native().Flow)();
    check(handle.open(app, name));
    const description: FlowDescription<FlowResults[N]> = FLOWS[name];
    try {
      const all = Object.hasOwn(description.parameters, 'tokens') ? withTokens(parameters) : parameters;
      check(setAll(handle, description.parameters, all));
      prepare(handle, options);
    } catch (error) {
      handle.close();
      throw error;
    }
    return new Flow(name, handle, description, options);
  }

  /** @internal A flow of a session; these are in no catalogue. */
  static ofSession<N extends SessionFlowName>(session: NativeSession, name: N, parameters: object): Flow<SessionOutcome<N>> {
    parameters = hide(parameters);
    const handle = new (native().Flow)();
    check(handle.openSession(session, name));
    const description = SESSION_FLOWS[name] as FlowDescription<Result> as FlowDescription<SessionOutcome<N>>;
    const refusal = setAll(handle, description.parameters, parameters);
    if (refusal !== undefined) handle.close();
    check(refusal);
    return new Flow(`session_${name}` as FlowName, handle, description, {});
  }

  /** @internal A flow from a ticket that `seal` made. */
  static unseal<N extends FlowName>(
    app: NativeApp,
    ticket: string | Uint8Array,
    binding: string | Uint8Array | undefined,
    options: UnsealOptions<N>,
  ): Flow<FlowResults[N]> {
    [ticket, binding] = [hide(ticket), hide(binding)];
    const wanted = options.flow;
    if (wanted !== undefined && !Object.hasOwn(FLOWS, wanted)) {
      throw badArgument('flow', `is not the name of a flow${suggestion(wanted, Object.keys(FLOWS))}`);
    }
    const handle = new (native().Flow)();
    const now = exactInteger('now', options.now ?? Date.now());
    check(bytesOnly('ticket', ticket) ?? bytesOnly('binding', binding) ?? handle.unseal(app, wanted, reveal(ticket), reveal(binding), now));
    try {
      const name = handle.name() as FlowName;
      if (!Object.hasOwn(FLOWS, name))
        throw badState('unknown_flow', `the ticket is of the flow ${name}, which is newer than this package`);
      prepare(handle, options);
      return new Flow<FlowResults[N]>(name, handle, FLOWS[name] as FlowDescription<Result> as FlowDescription<FlowResults[N]>, options);
    } catch (error) {
      handle.close();
      throw error;
    }
  }

  /**
   * The step that the flow needs next. `now`: milliseconds since 1970; the system's time unless given. Idempotent until
   * something is given. Throws ARGUMENT where the parameters do not go together.
   */
  next(now: number | bigint = Date.now()): Step<R> {
    this.#mine();
    const step = this.#native.next(exactInteger('now', now));
    if (typeof step !== 'number') throw new HeadlessIdError(step);
    return this.stepFrom(step) as Step<R>;
  }

  /** SEND: the complete response. */
  giveResponse(response: HttpResponse): void {
    response = hide(response);
    this.#mine();
    const status = smallInteger('status', reveal(response).status);
    const version = smallInteger('httpVersion', reveal(response).httpVersion ?? 0);
    check(deliver(this.#native, status, version, response));
  }

  /**
   * SEND: no complete response came, and the host has given up. `sent`: 'no' only where not a byte of the request can
   * have reached the server (no name, no connection, TLS not completed). `why`: one line for people, without secrets.
   * `reason`: what went wrong, where that is known; most reasons mean that nothing was sent, whatever `sent` says.
   */
  giveNoResponse(sent: Sent, why?: string, reason?: NoResponseReason): void {
    this.#mine();
    check(this.#native.giveNoResponse(SENT[sent] ?? 0, why, reason));
  }

  /** ASK, SIGN (name 'signature'), and SHOW with a name: the value. */
  giveValue(name: string, value: string | Uint8Array): void {
    value = hide(value);
    this.#mine();
    check(bytesOnly(name, value) ?? this.#native.giveValue(name, reveal(value)));
  }

  /**
   * A value before the flow asks for it. At the question of that name it is the same as `giveValue`. Otherwise the flow
   * keeps it, never in a ticket, and uses it when it comes to that question; but at a question that has a problem it
   * drops everything it keeps, and stops there.
   */
  offer(name: string, value: string | Uint8Array): void {
    value = hide(value);
    this.#mine();
    check(bytesOnly(name, value) ?? this.#native.offer(name, reveal(value)));
  }

  /**
   * ASK, SHOW and SIGN: you have no value to give. The flow ends as FAILED, reason `signing_failed` at SIGN and
   * `no_value` at ASK and SHOW. `why`: one line for people, without secrets.
   */
  giveNothing(why?: string): void {
    this.#mine();
    check(this.#native.giveNothing(why));
  }

  /**
   * ASK: parameters that count once (a reCAPTCHA token) or that were not given before. They are sent with the next
   * request. Names are those of the flow's parameters.
   */
  set(parameters: object): void {
    parameters = hide(parameters);
    this.#mine();
    check(setAll(this.#native, this.#description.parameters, parameters));
  }

  /**
   * ASK, instead of a value: sends the message again. STATE where the flow waits for no message, and, reason
   * `single_use_spent`, where a reCAPTCHA token was used and no new one is set: then nothing has changed.
   */
  resend(): void {
    this.#mine();
    check(this.#native.resend());
  }

  /**
   * ASK and SHOW: the flow as a ticket, for `app.unseal` or `client.resume`: at most 3,072 characters, secret but
   * unreadable without the app's seal keys, valid for `sealLifetimeS`. `binding`: what the ticket is bound to, such as
   * the id of the person's session with you. The flow itself goes on; using both would send single-use values twice.
   */
  seal(binding?: string | Uint8Array, now: number | bigint = Date.now()): string {
    binding = hide(binding);
    this.#mine();
    check(bytesOnly('binding', binding));
    const ticket = this.#native.seal(reveal(binding), exactInteger('now', now));
    if (typeof ticket !== 'string') throw new HeadlessIdError(ticket);
    return ticket;
  }

  /** The id of the ticket that was sealed last, or that this flow was opened from; each sealing makes a new one. */
  get ticketId(): string | undefined {
    return this.#native.ticketId();
  }

  /** @internal What the flow may ask for, as this package names it. */
  get asks(): ValueTable {
    return this.#description.asks;
  }

  /**
   * Ends the flow, also while `runFlow` or a client runs it: its next step is FAILED, `isCancelled`. False where the flow
   * had ended already.
   */
  cancel(): boolean {
    const refusal = this.#native.cancel();
    this.#run?.abort();
    if (refusal !== undefined && refusal.reason !== 'ended') throw new HeadlessIdError(refusal);
    return refusal === undefined;
  }

  /** Every exchange so far with secrets as dots; empty unless the `trace` option was given. */
  get transcript(): string {
    return this.#native.trace() ?? '';
  }

  /** Frees the native half and wipes every secret in it. Safe to call twice; a flow that is run is cancelled first. */
  close(): void {
    this.#native.close();
    this.#run?.abort();
    this.#last = 'closed';
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #mine(): void {
    if (this.#run !== undefined) throw badState('busy', 'the flow is in use by another call');
  }

  /** @internal The step of this number, with what belongs to it. */
  stepFrom(step: number): AnyStep<R> {
    const name = this.#native.stepName(step);
    this.#last = name;
    switch (name) {
      case 'SEND':
        return { step: name, request: new HttpRequest(ok(this.#native.request())) };
      case 'ASK': {
        const ask = ok(this.#native.ask());
        return { step: name, name: ask.name ?? '', secret: ask.secret, problem: problemOf(ask) };
      }
      case 'SHOW': {
        const show = ok(this.#native.ask());
        const { code, verificationUri } = show;
        return { step: name, url: show.url ?? '', code, verificationUri, name: show.name, problem: problemOf(show) };
      }
      case 'SIGN': {
        const sign = ok(this.#native.sign());
        // What is signed may hold an assertion: read by name, but printed by nothing.
        const shown = { step: name, algorithm: sign.algorithm } as { step: 'SIGN'; algorithm: string; input: Uint8Array };
        return Object.defineProperty(shown, 'input', { value: sign.input, enumerable: false });
      }
      case 'WAIT': {
        const until = this.#native.waitUntilMs();
        if (typeof until === 'object') throw new HeadlessIdError(until);
        return { step: name, untilMs: exactNumber('untilMs', until) };
      }
      case 'STORE':
        return { step: name };
      case 'DONE': {
        const values = hide(this.#native.result());
        // Closed while it was run: the result is gone.
        if (reveal(values) === undefined) return { step: 'FAILED', error: new HeadlessIdError(LOST) };
        return { step: name, result: new this.#description.result(values as readonly string[]) };
      }
      case 'FAILED':
        return { step: name, error: new HeadlessIdError(this.#native.error() ?? LOST) };
      default:
        throw unknownStep(this.name, name === 'UNKNOWN' ? `${step}` : name);
    }
  }

  /** @internal */
  get native(): NativeFlow {
    return this.#native;
  }

  /** @internal One driver at a time: `runFlow` or a client. */
  drive(): NativeFlow {
    this.#mine();
    this.#run = new AbortController();
    return this.#native;
  }

  /** @internal Aborted when the flow is cancelled or closed while it is driven. */
  get stopped(): AbortSignal {
    return (this.#run ?? new AbortController()).signal;
  }

  /** @internal */
  release(): void {
    this.#run = undefined;
    if (this.#trace !== undefined && (this.#last === 'DONE' || this.#last === 'FAILED')) this.#trace(this.transcript);
  }

  /** @internal */
  [INSPECT](): string {
    if (!(#last in this)) return 'Flow {}';
    return `Flow { ${this.name}, ${this.#last} }`;
  }
}

/** Gives a response to the library. Returns what is wrong with it, with the response out of sight. */
export function deliver(handle: NativeFlow, status: number, version: number, response: HttpResponse): Refusal {
  return handle.giveResponse(status, version, reveal(flat(response)), reveal(response).body);
}

/** Names and values in turn; hidden. */
function flat(response: HttpResponse): string[] {
  const out = hide<string[]>([]);
  for (const pair of reveal(response).headers) reveal(out).push(pair[0], pair[1]);
  return out;
}

/** Refuses a value, a ticket or a binding that is neither text nor bytes. */
export function bytesOnly(what: string, value: unknown): Refusal {
  const fits =
    typeof reveal(value) === 'string' || reveal(value) instanceof Uint8Array || reveal(value) === undefined || reveal(value) === null;
  return fits ? undefined : new TypeError(`${NAMES.get(what) ?? what} must be a string or a Uint8Array`);
}

/** The options that count only before the first step. */
function prepare(handle: NativeFlow, options: FlowOptions): void {
  if (options.timeout !== undefined) check(handle.setTimeoutMs(exactInteger('timeout', options.timeout)));
  if (options.trace !== undefined) check(handle.setTrace(true));
}

const LOST: ErrorFields = { kind: 'STATE', advice: 'NONE', reason: 'closed', message: 'the flow is closed' };

/** A step of a library that is newer than this binding, or one without a handler. */
export function unknownStep(flow: string, step: string): HeadlessIdError {
  return badState('unknown_step', `the flow ${flow} needs the step ${step}, for which there is no handler`);
}

/** What was wrong with the last value. */
function problemOf(ask: NativeAsk): HeadlessIdError | undefined {
  return ask.problem && new HeadlessIdError(ask.problem);
}

function ok<T extends object>(value: T | ErrorFields): T {
  if ('kind' in value && 'advice' in value) throw new HeadlessIdError(value);
  return value as T;
}
