// One session as this process knows it: the token without a look at the store, and one flow at a time.
import { badState, because, HeadlessIdError } from '../errors';
import { hide, reveal } from '../hidden';
import type { NativeSession } from '../native';
import { within } from '../within';
import type { SessionFlowName, SessionOutcome } from './flows';
import type { SessionToken } from '../generated/results';
import { settled } from './token';

/** Runs one flow of a session to its end, whether its caller waits or not. */
export type RunSessionFlow = <N extends SessionFlowName>(session: NativeSession, name: N, parameters: object) => Promise<SessionOutcome<N>>;

/** What a session's keeper knows of the client. */
export interface Keeping {
  readonly run: RunSessionFlow;
  /** How long a look at the store counts, in milliseconds: the setting `sessionCacheMs`. */
  readonly cacheMs: number;
  /** Whether a token that is due, and lasts, is handed out while a flow refreshes it. */
  readonly inBackground: boolean;
}

interface Flight {
  readonly name: SessionFlowName;
  readonly minTtl: number;
  /** The token that an API rejected; hidden. */
  readonly rejected: string | undefined;
  /** Of every flow but `end`. */
  readonly outcome?: Promise<SessionToken>;
  /** Resolves at its end, whatever that is. */
  readonly over: Promise<void>;
}

/** Where a background refresh failed, the next one waits for this time. */
const PAUSE_MS = 1000;

export class Kept {
  readonly #native: NativeSession;
  readonly #keeping: Keeping;
  #flight: Flight | undefined;
  #last: SessionToken | undefined;
  #lookedMs = 0;
  #notBeforeMs = 0;

  constructor(session: NativeSession, keeping: Keeping) {
    this.#native = session;
    this.#keeping = keeping;
  }

  /** Whether a flow is under way: then nothing else may stand for this key. */
  get isBusy(): boolean {
    return this.#flight !== undefined;
  }

  /** The access token without I/O, where this process has one that needs no look at the store. */
  textNow(minTtl: number): string | undefined {
    return this.#native.token(Date.now(), minTtl);
  }

  /** An access token that lasts for `minTtl`. */
  async text(minTtl: number, signal: AbortSignal | undefined): Promise<string> {
    return this.textNow(minTtl) ?? (this.#meanwhile(minTtl) ?? (await this.#look(minTtl, signal))).accessToken;
  }

  /** The same with what belongs to it. */
  async token(minTtl: number, signal: AbortSignal | undefined): Promise<SessionToken> {
    return this.#now(minTtl) ?? this.#meanwhile(minTtl) ?? this.#look(minTtl, signal);
  }

  /** Another token than this one, hidden, which an API has rejected. */
  async rejected(accessToken: string, minTtl: number, signal: AbortSignal | undefined): Promise<SessionToken> {
    for (;;) {
      const flight = this.#flight;
      if (flight === undefined) break;
      const isSame = flight.name === 'rejected' && sameText(flight.rejected, accessToken) && flight.minTtl >= minTtl;
      if (isSame && flight.outcome !== undefined) return waited(flight.outcome, signal);
      await waited(flight.over, signal);
    }
    return waited(this.#fly('rejected', hide({ accessToken: reveal(accessToken), minTtl }), minTtl, accessToken), signal);
  }

  async guest(minTtl: number, scope: readonly string[] | undefined, signal: AbortSignal | undefined): Promise<SessionToken> {
    for (;;) {
      const flight = this.#flight;
      if (flight === undefined) return waited(this.#fly('guest', { minTtl, scope }, minTtl), signal);
      if (flight.name === 'guest' && flight.minTtl >= minTtl && flight.outcome !== undefined) return waited(flight.outcome, signal);
      await waited(flight.over, signal);
    }
  }

  async begin(tokens: object, signal: AbortSignal | undefined): Promise<SessionToken> {
    while (this.#flight !== undefined) await waited(this.#flight.over, signal);
    return waited(this.#fly('begin', tokens), signal);
  }

  /** Whether tokens were revoked. */
  async end(signal: AbortSignal | undefined): Promise<boolean> {
    while (this.#flight !== undefined) await waited(this.#flight.over, signal);
    this.#last = undefined;
    const ended = this.#keeping.run(this.#native, 'end', {});
    this.#track({ name: 'end', minTtl: 0, rejected: undefined }, ended);
    return (await waited(ended, signal)).revoked;
  }

  /** What the last flow brought, as long as the library hands it out without a look. */
  #now(minTtl: number): SessionToken | undefined {
    const last = this.#last;
    return last !== undefined && this.textNow(minTtl) === last.accessToken ? last : undefined;
  }

  /** The old token, while a flow refreshes it: it is due, lasts, and the store was asked a moment ago. */
  #meanwhile(minTtl: number): SessionToken | undefined {
    const last = this.#last;
    if (last === undefined || !this.#keeping.inBackground) return undefined;
    const now = Date.now();
    const age = now - this.#lookedMs;
    if (age < 0 || age >= this.#keeping.cacheMs) return undefined;
    if (last.expiresAtMs !== undefined && last.expiresAtMs - minTtl <= now) return undefined;
    if (this.#flight === undefined) {
      if (now >= this.#notBeforeMs) this.#fly('token', { minTtl }, minTtl);
    } else if (this.#flight.name !== 'token') {
      return undefined;
    }
    return last;
  }

  async #look(minTtl: number, signal: AbortSignal | undefined): Promise<SessionToken> {
    for (;;) {
      const flight = this.#flight;
      if (flight === undefined) return waited(this.#fly('token', { minTtl }, minTtl), signal);
      if (flight.name === 'token' && flight.minTtl >= minTtl && flight.outcome !== undefined) return waited(flight.outcome, signal);
      await waited(flight.over, signal);
      const token = this.#now(minTtl);
      if (token !== undefined) return token;
    }
  }

  #fly(name: Exclude<SessionFlowName, 'end'>, parameters: object, minTtl = 0, rejected?: string): Promise<SessionToken> {
    if (rejected !== undefined && this.#last?.accessToken === reveal(rejected)) this.#last = undefined;
    const outcome = this.#keeping.run(this.#native, name, parameters).then(
      (token) => {
        // For later calls it is not theirs that had it refreshed.
        this.#last = settled(token);
        this.#lookedMs = Date.now();
        this.#notBeforeMs = token.refreshFailure === undefined ? 0 : this.#lookedMs + PAUSE_MS;
        return token;
      },
      (error: unknown) => {
        if (!(error instanceof HeadlessIdError && error.isRetryable)) this.#last = undefined;
        this.#notBeforeMs = Date.now() + PAUSE_MS;
        throw error;
      },
    );
    this.#track({ name, minTtl, rejected, outcome }, outcome);
    return outcome;
  }

  #track(what: Omit<Flight, 'over'>, work: Promise<unknown>): void {
    const end = (): void => {
      if (this.#flight === flight) this.#flight = undefined;
    };
    // Handled here too, so that a failure that no caller waits for is not an unhandled rejection.
    const flight: Flight = { ...what, over: work.then(end, end) };
    this.#flight = flight;
  }
}

const sameText = (one: string | undefined, other: string): boolean => one !== undefined && reveal(one) === reveal(other);

/** The outcome, or the end of the wait. The flow goes on. */
async function waited<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  try {
    return await within(work, signal);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw because(badState('cancelled', 'the wait was cancelled; the flow of the session goes on'), error);
  }
}
