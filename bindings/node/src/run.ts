import { badArgument, badState, because, causeInShort, check, HeadlessIdError } from './errors';
import { bytesOnly, deliver, SENT, unknownStep, type AnyStep, type Flow } from './flow';
import { hide, reveal } from './hidden';
import { NoResponseError, type HttpRequest, type HttpResponse, type Transport } from './http';
import type { NativeFlow } from './native';
import { checkOptions, OPTIONS, type Handlers, type RunOptions } from './options';
import type { Result } from './result';
import { within } from './within';

/** A step at which a flow stops for the host: its end, or something that only a person or a key of the host has. */
export type Parked<R extends Result> = Exclude<AnyStep<R>, { step: 'SEND' | 'WAIT' }>;

/** Runs a flow, which nothing else drives meanwhile, until it is parked. */
export type RunUntilParked = <R extends Result>(flow: Flow<R>, handle: NativeFlow, signal: AbortSignal | undefined) => Promise<Parked<R>>;

type Failed<R extends Result> = Parked<R> & { readonly step: 'FAILED' };

/** A clock of the caller's, for tests. */
export interface Clock {
  readonly now?: (() => number) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/**
 * Runs a flow over a transport of yours, such as `fetchTransport()`. Resolves with the result, or rejects with a
 * HeadlessIdError, exactly once. `now` and `sleep` are the clock, for tests.
 */
export function runFlow<R extends Result>(flow: Flow<R>, transport: Transport, options: RunOptions & Clock = {}): Promise<R> {
  checkOptions([...OPTIONS.run, 'now', 'sleep'], options);
  return runToEnd(flow, (one, handle, signal) => runUntilParked(transport, one, handle, signal, options), options);
}

/** Runs a flow to its end; the handlers are asked on the way. */
export async function runToEnd<R extends Result>(flow: Flow<R>, until: RunUntilParked, options: RunOptions): Promise<R> {
  const { signal } = options;
  const handle = flow.drive();
  try {
    for (;;) {
      const parked = await until(flow, handle, signal);
      if (parked.step === 'DONE') return parked.result;
      if (parked.step === 'FAILED') throw parked.error;
      const failed = await giveByHost(flow, handle, parked, options, signal);
      if (failed !== undefined) throw failed.error;
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
  const over = follow(signal, flow.stopped);
  // The transport's own error is the cause of the error that the flow makes of it.
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

/** ASK, SHOW and SIGN through the caller's handlers. Where the signal was aborted meanwhile, the flow says so when it goes on. */
async function giveByHost<R extends Result>(
  flow: Flow<R>,
  handle: NativeFlow,
  step: Parked<R>,
  handlers: Handlers,
  signal: AbortSignal | undefined,
): Promise<Failed<R> | undefined> {
  if (step.step === 'SIGN') {
    const { onSign } = handlers;
    if (!onSign) throw noSigner(flow.name);
    return giveSignature(flow, handle, () => onSign(step), signal);
  }
  if (step.step !== 'ASK' && (step.step !== 'SHOW' || !handlers.onShow)) throw unknownStep(flow.name, step.step);
  if (step.step === 'ASK' && !handlers.onAsk) {
    throw badArgument(step.name, `is asked for by ${flow.name}, and no handler answers: give onAsk, or start the flow as a challenge`);
  }
  const { name } = step;
  const over = follow(signal, flow.stopped);
  try {
    const value = hide(await within(step.step === 'ASK' ? handlers.onAsk?.(step) : handlers.onShow?.(step), over.signal));
    if (name === undefined) return undefined;
    const none = reveal(value) === undefined || reveal(value) === null;
    check(none ? handle.giveNothing() : (bytesOnly(name, value) ?? handle.giveValue(name, reveal(value) as string)));
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    over.end();
  }
  return undefined;
}

/** Gives the host's signature. What the signer threw ends the flow, and is the cause of its error. */
export async function giveSignature<R extends Result>(
  flow: Flow<R>,
  handle: NativeFlow,
  sign: () => Uint8Array | Promise<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Failed<R> | undefined> {
  const over = follow(signal, flow.stopped);
  let signature: Uint8Array;
  try {
    signature = await within(sign(), over.signal);
  } catch (cause) {
    if (over.signal.aborted) handle.cancel();
    else check(handle.giveNothing(causeInShort(cause)));
    const step = handle.next(Date.now());
    if (typeof step !== 'number') throw new HeadlessIdError(step);
    const failed = flow.stepFrom(step) as Failed<R>;
    if (!flow.stopped.aborted) because(failed.error, cause);
    return failed;
  } finally {
    over.end();
  }
  check(bytesOnly('signature', signature) ?? handle.giveValue('signature', signature));
  return undefined;
}

/** The settings say that the host signs, and the client has no signer. */
export function noSigner(flow: string): HeadlessIdError {
  return badState('no_signer', `the flow ${flow} needs a signature (signedBy is 'host'): give the client a signer`);
}

/** The error with its cause: the signal's reason where it was cancelled, else the transport's error. */
export function withCause(error: HeadlessIdError, signal: AbortSignal | undefined, cause: unknown): HeadlessIdError {
  const behind: unknown = error.isCancelled && signal?.aborted ? signal.reason : error.kind === 'TRANSPORT' ? cause : undefined;
  return behind === undefined ? error : because(error, behind);
}

/** A signal that follows others until `end`. Unlike AbortSignal.any it leaves nothing behind on a long-lived one. */
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
    // A transport that ignores its signal is not waited for; what it says later is dropped.
    return await within(transport(request, { signal: either.signal, timeoutMs }), either.signal);
  } finally {
    clearTimeout(timer);
    either.end();
  }
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

/** Timers may fire a little early, and treat a delay beyond 31 bits as none. */
function delay(ms: number): number {
  return Math.min(Math.max(0, ms) + 1, 0x7fffffff);
}
