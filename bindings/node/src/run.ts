import { badArgument, badState, because, causeInShort, check, HeadlessIdError } from './errors';
import { bytesOnly, deliver, SENT, unknownStep, type Flow, type Step } from './flow';
import { hide, reveal } from './hidden';
import { NoResponseError, type HttpRequest, type HttpResponse, type Transport } from './http';
import type { NativeFlow } from './native';
import type { Handlers, RunOptions } from './options';
import type { Result } from './result';

/** A step at which a flow stops for the host: its end, or something that only a person or a key of the host has. */
export type Parked<R extends Result> = Exclude<Step<R>, { step: 'SEND' | 'WAIT' }>;

/** Runs a flow, which nothing else drives meanwhile, until it is parked. */
export type RunUntilParked = <R extends Result>(flow: Flow<R>, handle: NativeFlow, signal: AbortSignal | undefined) => Promise<Parked<R>>;

/** A clock of the caller's, for tests. */
export interface Clock {
  readonly now?: (() => number) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/**
 * Runs a flow over a transport of yours, `fetchTransport()` for one. Resolves with the result, or rejects with a
 * HeadlessIdError, exactly once. `now` and `sleep` are the clock, for tests.
 */
export function runFlow<R extends Result>(flow: Flow<R>, transport: Transport, options: RunOptions & Clock = {}): Promise<R> {
  return runToEnd(flow, (one, handle, signal) => runUntilParked(transport, one, handle, signal, options), options);
}

/** Runs a flow to its end; who stands in for a person, or signs, is asked on the way. */
export async function runToEnd<R extends Result>(flow: Flow<R>, until: RunUntilParked, options: RunOptions): Promise<R> {
  const { signal } = options;
  const handle = flow.drive();
  try {
    for (;;) {
      const parked = await until(flow, handle, signal);
      if (parked.step === 'DONE') return parked.result;
      if (parked.step === 'FAILED') throw parked.error;
      try {
        const given = await answerByHost(flow, parked, options, signal);
        if (given !== undefined) check(bytesOnly(given.name, given.value) ?? handle.giveValue(given.name, reveal(given.value)));
      } catch (error) {
        // Cancelled while the host was asked: the flow says so when it goes on.
        if (!signal?.aborted) throw error;
      }
    }
  } finally {
    flow.release();
  }
}

/** Runs a flow until it is parked, over a transport of the host. */
export async function runUntilParked<R extends Result>(
  transport: Transport,
  flow: Flow<R>,
  handle: NativeFlow,
  signal: AbortSignal | undefined,
  clock: Clock = {},
): Promise<Parked<R>> {
  const now = clock.now ?? Date.now;
  const sleep = clock.sleep ?? sleepFor;
  const over = follow(signal);
  // The transport's own error is the cause of what the flow makes of it.
  let cause: unknown;
  try {
    for (;;) {
      if (over.signal.aborted) handle.cancel();
      const number = handle.next(now());
      if (typeof number !== 'number') throw new HeadlessIdError(number);
      const step = flow.stepFrom(number);
      switch (step.step) {
        case 'SEND':
          cause = undefined;
          try {
            const response = hide(await send(transport, step.request, step.request.deadlineMs - now(), over.signal));
            check(deliver(handle, reveal(response).status, reveal(response).httpVersion ?? 0, response));
          } catch (error) {
            if (over.signal.aborted) break;
            cause = error;
            giveUp(handle, error);
          }
          break;
        case 'WAIT':
          await sleep(step.untilMs - now(), over.signal);
          break;
        case 'FAILED':
          return { step: step.step, error: withCause(step.error, signal, cause) };
        default:
          return step;
      }
    }
  } finally {
    over.end();
  }
}

/** What the transport threw. A reason that the library does not know counts as none: the request is over in any case. */
function giveUp(handle: NativeFlow, error: unknown): void {
  if (!(error instanceof NoResponseError)) {
    handle.giveNoResponse(SENT.maybe, causeInShort(error));
    return;
  }
  const sent = error.sent === 'no' ? SENT.no : SENT.maybe;
  const reason = typeof error.reason === 'string' ? error.reason : undefined;
  if (handle.giveNoResponse(sent, error.message, reason) !== undefined) handle.giveNoResponse(sent, error.message);
}

/** ASK, SHOW and SIGN through the caller's handlers: the value to give back, hidden, or undefined for none. */
async function answerByHost<R extends Result>(
  flow: Flow<R>,
  step: Parked<R>,
  handlers: Handlers,
  signal: AbortSignal | undefined,
): Promise<{ name: string; value: string | Uint8Array } | undefined> {
  if (step.step === 'ASK') {
    if (!handlers.onAsk)
      throw badArgument(step.name, `is asked for by ${flow.name}, and there is nobody to ask: give onAsk, or begin with a challenge`);
    return { name: step.name, value: hide(await within(handlers.onAsk(step), signal)) };
  }
  if (step.step === 'SHOW' && handlers.onShow) {
    const value = hide(await within(handlers.onShow(step), signal));
    if (step.name === undefined) return undefined;
    if (reveal(value) === undefined) throw badArgument(step.name, 'is what the flow waits for, and onShow gave none');
    return { name: step.name, value: value as string };
  }
  if (step.step === 'SIGN') {
    if (!handlers.onSign) throw noSigner(flow.name);
    return { name: 'signature', value: await within(handlers.onSign(step), signal) };
  }
  throw unknownStep(flow.name, step.step);
}

/** The settings say that the host signs, and nobody was given to do it. */
export function noSigner(flow: string): HeadlessIdError {
  return badState('no_signer', `the flow ${flow} wants a signature (attestationSigner is 'host'): give the client a signer`);
}

/** The error with what lies behind it: the signal's reason where it was cancelled, else the transport's error. */
export function withCause(error: HeadlessIdError, signal: AbortSignal | undefined, cause: unknown): HeadlessIdError {
  const behind: unknown = error.isCancelled && signal?.aborted ? signal.reason : error.kind === 'TRANSPORT' ? cause : undefined;
  return behind === undefined ? error : because(error, behind);
}

/** A signal that follows others until `end`. Unlike AbortSignal.any it leaves nothing behind on one that lives long. */
export function follow(...followed: (AbortSignal | undefined)[]): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const links = followed.flatMap((one) => (one === undefined ? [] : [{ one, abort: (): void => controller.abort(one.reason) }]));
  for (const { one, abort } of links) {
    if (one.aborted) abort();
    one.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    end: () => links.forEach(({ one, abort }) => one.removeEventListener('abort', abort)),
  };
}

async function send(transport: Transport, request: HttpRequest, timeoutMs: number, signal: AbortSignal): Promise<HttpResponse> {
  const over = new AbortController();
  const either = follow(signal, over.signal);
  const timer = setTimeout(() => over.abort(new NoResponseError('maybe', 'the time is over', { reason: 'timeout' })), delay(timeoutMs));
  try {
    // A transport that does not mind its signal is not waited for; what it says later is nobody's business.
    return await within(transport(request, { signal: either.signal, timeoutMs }), either.signal);
  } finally {
    clearTimeout(timer);
    either.end();
  }
}

/** What `work` comes to, or the signal's reason as soon as that is over. */
export function within<T>(work: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(work);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delay(ms));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** Timers may fire a little early, and take a delay beyond 31 bits for none. */
function delay(ms: number): number {
  return Math.min(Math.max(0, ms) + 1, 0x7fffffff);
}
