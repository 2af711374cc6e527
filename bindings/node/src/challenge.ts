import { badArgument, badState, HeadlessIdError } from './errors';
import { unknownStep, type Flow } from './flow';
import type { FlowName } from './generated/flows';
import type { ChallengeValues, ResendValues } from './generated/parameters';
import { hide, reveal } from './hidden';
import { checkOptions, OPTIONS, type SignalOptions } from './options';
import type { Result } from './result';
import { follow, noSigner, type Parked, type RunUntilParked } from './run';
import type { ValueTable } from './tables';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

type Given = string | Uint8Array;

/**
 * A flow that waits for a person: for the one-time password from a message, for a password, for a browser to return.
 * `verify` continues it; `seal` turns it into text, which `client.resume` opens in another request, process or
 * language. While it waits, a challenge holds no thread, no descriptor and no timer.
 *
 * ```js
 * const challenge = await client.passwordlessLogin({ username, verificationMethod: 'email', guest });
 * const me = await challenge.verify('493027'); // wrong: rejects with isOtpInvalid, and the challenge lives on
 * ```
 *
 * It serves one caller at a time: a second call meanwhile rejects with STATE, reason `busy`.
 */
export class Challenge<R extends Result = Result> {
  /** The flow's name in the catalogue. */
  readonly flow: FlowName;
  readonly #flow: Flow<R>;
  readonly #runUntilParked: RunUntilParked;
  #parked: Parked<R>;
  #running: AbortController | undefined;
  // A value was given, and the flow could not be run with it yet.
  #pending = false;
  #closed = false;
  #ticketId: string | undefined;

  /** @internal Takes the flow over. */
  constructor(flow: Flow<R>, parked: Parked<R>, runUntilParked: RunUntilParked) {
    this.flow = flow.name;
    this.#flow = flow;
    this.#runUntilParked = runUntilParked;
    this.#parked = parked;
    this.#stoppedAt(parked);
  }

  /** The value it waits for: 'otp', 'new_password', 'password', 'callback_url'; undefined when it is over, or only shows a page. */
  get asks(): string | undefined {
    const parked = this.#parked;
    return parked.step === 'ASK' || parked.step === 'SHOW' ? parked.name : undefined;
  }
  /** Where to send the person's browser; undefined where none is needed. */
  get url(): string | undefined {
    return this.#parked.step === 'SHOW' ? this.#parked.url : undefined;
  }
  /** A code for the person to type at `verificationUri`; `url` has it filled in. */
  get code(): string | undefined {
    return this.#parked.step === 'SHOW' ? this.#parked.code : undefined;
  }
  /** The address without the code; undefined where there is no code. */
  get verificationUri(): string | undefined {
    return this.#parked.step === 'SHOW' ? this.#parked.verificationUri : undefined;
  }
  /** What was wrong with the last attempt. */
  get problem(): HeadlessIdError | undefined {
    if (this.#parked.step === 'FAILED') return this.#parked.error;
    return this.#parked.step === 'ASK' || this.#parked.step === 'SHOW' ? this.#parked.problem : undefined;
  }
  /** The flow's result; undefined until `verify` has resolved. It stays when the challenge is closed. */
  get result(): R | undefined {
    return this.#parked.step === 'DONE' ? this.#parked.result : undefined;
  }
  /** The id of the ticket that was sealed last, or that this was resumed from. Mark it as used in a store, and a ticket opens once. */
  get ticketId(): string | undefined {
    return this.#flow.ticketId ?? this.#ticketId;
  }

  /**
   * Gives what the person said. `value` is what the flow asks for first (the one-time password, the password, the
   * address of the callback); whatever else it may ask for goes by name: `verify('493027', { newPassword })`. A flow that only
   * shows a page with a code (`device`) asks for nothing: `verify()` waits until the person has used it.
   *
   * Rejects with what was wrong, and the challenge lives on: call it again. Rejects with ARGUMENT, and the name in
   * `field`, where the flow asks for something that was not given. Rejects with STATE where the client is full: the
   * value is kept, and the next call goes on with it. Where the flow has failed, the challenge is over: every later call
   * rejects with STATE, reason `wrong_step`, and `problem` stays.
   *
   * A `signal` that is aborted while this runs ends the challenge as well: the attempt may have been counted.
   */
  async verify(value?: Given, more: ChallengeValues = {}, options: SignalOptions = {}): Promise<R> {
    const all = hide({ value, more });
    value = undefined;
    more = {};
    return this.#alone(options, async (signal) => {
      this.#offer(all);
      await this.#run(signal);
      if (this.result !== undefined) return this.result;
      // A value that is given clears the problem before it, so this one is about a value of this call.
      throw this.problem ?? missing(this.asks as string);
    });
  }

  /**
   * Sends the message again. What counts once (a reCAPTCHA token) must be new, and after a ticket the values that it had
   * no room for (a registration's long data) are given again. Resolves when the flow asks again; rejects with
   * `single_use_spent`, and nothing has changed, where a new token is missing.
   */
  async resend(values: ResendValues = {}, options: SignalOptions = {}): Promise<void> {
    values = hide(values);
    return this.#alone(options, async (signal) => {
      if (this.#pending) {
        await this.#run(signal);
        if (this.problem !== undefined) throw this.problem;
      }
      this.#flow.set(values);
      this.#flow.resend();
      await this.#run(signal);
      if (this.problem !== undefined) throw this.problem;
    });
  }

  /**
   * The challenge as text (a ticket) for a cookie, a form field or a store; see `Flow.seal`. Needs the setting
   * `sealKeys`. `binding`: what the ticket is bound to, such as the id of the person's session with you.
   */
  seal(binding?: Given): string {
    binding = hide(binding);
    this.#open();
    const ticket = this.#flow.seal(binding);
    this.#ticketId = this.#flow.ticketId;
    return ticket;
  }

  /** Wipes what it holds. A call that runs rejects with reason `closed`. Safe to call twice. */
  close(): void {
    this.#closed = true;
    this.#running?.abort();
    this.#flow.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [INSPECT](): string {
    if (!(#parked in this)) return 'Challenge {}';
    return `Challenge { ${this.flow}, ${this.#closed ? 'closed' : this.asks === undefined ? (this.code === undefined ? this.#parked.step : 'shows a code') : `asks ${this.asks}`} }`;
  }

  get #isOver(): boolean {
    return this.#parked.step === 'DONE' || this.#parked.step === 'FAILED';
  }

  #open(): void {
    if (this.#closed) throw closed();
    if (this.#running !== undefined) throw badState('busy', 'the challenge is in use by another call');
  }

  /** One call at a time, on a challenge that is open. */
  async #alone<T>(options: SignalOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    checkOptions(OPTIONS.signal, options);
    this.#open();
    if (this.#isOver) {
      const said = this.result === undefined ? '`problem` says why, and the flow begins again' : 'its result is in `result`';
      throw badState('wrong_step', `the challenge is over: ${said}`);
    }
    const { signal } = options;
    // Nothing has begun, so there is nothing to end.
    if (signal?.aborted) throw cancelled(signal.reason);
    const running = new AbortController();
    this.#running = running;
    const either = follow(running.signal, signal);
    try {
      return await work(either.signal);
    } catch (error) {
      throw this.#closed ? closed() : error;
    } finally {
      either.end();
      this.#running = undefined;
    }
  }

  /** Offers the values, hidden, to the flow, and sets everything that it does not ask for. */
  #offer(all: { readonly value: Given | undefined; readonly more: ChallengeValues }): void {
    const { given, parameters, twice } = sorted(this.#flow.asks, all);
    if (twice !== undefined) throw badArgument(twice, 'is given twice');
    const asked = this.asks;
    const isGiven = asked !== undefined && reveal(given).has(asked);
    this.#flow.set(parameters);
    if (!isGiven && !this.#pending && asked !== undefined) throw missing(asked);
    // The value that is asked for goes last: with it the flow moves on.
    for (const name of reveal(given).keys()) if (name !== asked) this.#flow.offer(name, reveal(given).get(name) as Given);
    if (!isGiven) return;
    this.#flow.offer(asked, reveal(given).get(asked) as Given);
    this.#pending = true;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const handle = this.#flow.drive();
    let parked: Parked<R>;
    try {
      parked = await this.#runUntilParked(this.#flow, handle, signal);
    } finally {
      this.#flow.release();
    }
    this.#pending = false;
    this.#stoppedAt(parked);
    if (parked.step === 'FAILED') throw parked.error;
  }

  #stoppedAt(parked: Parked<R>): void {
    this.#parked = parked;
    if (parked.step === 'DONE' || parked.step === 'FAILED') {
      this.#ticketId = this.ticketId;
      this.#flow.close();
    } else if (parked.step !== 'ASK' && parked.step !== 'SHOW') {
      const step: string = parked.step;
      const error = step === 'SIGN' ? noSigner(this.flow) : unknownStep(this.flow, step);
      this.#flow.close();
      this.#parked = { step: 'FAILED', error };
      throw error;
    }
  }
}

/** The values that are asked for by name, and those that are not; hidden both. `twice`: the name that came in two ways. */
function sorted(asks: ValueTable, all: { readonly value: Given | undefined; readonly more: ChallengeValues }) {
  const { value, more } = reveal(all);
  const given = new Map<string, Given>();
  const parameters: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(more ?? {})) {
    const ask = Object.hasOwn(asks, key) ? asks[key] : undefined;
    if (ask === undefined) parameters[key] = one;
    else if (one !== undefined && one !== null) given.set(ask.name, one as Given);
  }
  const first = Object.values(asks)[0];
  let twice: string | undefined;
  if (value !== undefined && value !== null && first !== undefined) {
    if (given.has(first.name)) twice = first.name;
    given.set(first.name, value);
  }
  return { given: hide(given), parameters: hide(parameters), twice };
}

function missing(asked: string): HeadlessIdError {
  return badArgument(asked, 'is missing: the flow asks for it now');
}

function closed(): HeadlessIdError {
  return badState('closed', 'the challenge is closed');
}

function cancelled(reason: unknown): HeadlessIdError {
  return new HeadlessIdError(
    { kind: 'STATE', advice: 'NONE', reason: 'cancelled', message: 'the call was cancelled before it began' },
    { cause: reason },
  );
}
