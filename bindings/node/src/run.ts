import { causeInShort, HeadlessIdError } from './errors';
import { unknownStep, type Flow, type HttpRequest, type Step } from './flow';
import type { Result } from './result';
import type { Handlers, HttpAnswer, RunOptions, Transport } from './types';

/** What a transport throws where it knows whether the request can have left. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  /** `left`: 'no' only where not a byte of the request can have reached the server. */
  constructor(
    readonly left: 'no' | 'maybe',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/**
 * Runs a flow over a transport of yours, `fetchTransport()` for one. Resolves with the result, or rejects with a
 * HeadlessIdError, exactly once. `now` and `sleep` are the clock, for tests.
 */
export async function runFlow<R extends Result>(
  flow: Flow<R>,
  transport: Transport,
  options: RunOptions & { now?: () => number; sleep?: (ms: number, signal: AbortSignal) => Promise<void> } = {},
): Promise<R> {
  const native = flow.drive();
  const now = options.now ?? Date.now;
  const sleep = options.sleep ?? sleepFor;
  const over = new AbortController();
  const abort = (): void => over.abort(options.signal?.reason);
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort, { once: true });
  // The transport's own error is the cause of what the flow makes of it.
  let cause: unknown;
  try {
    for (;;) {
      if (over.signal.aborted) native.cancel();
      const number = native.next(now());
      if (typeof number !== 'number') throw new HeadlessIdError(number);
      const step = flow.stepFrom(number);
      switch (step.step) {
        case 'DONE':
          return step.result;
        case 'FAILED':
          throw withCause(step.error, options.signal, cause);
        case 'SEND':
          cause = undefined;
          try {
            const answer = await send(transport, step.request, step.request.deadlineMs - now(), over.signal);
            const headers: string[] = [];
            for (const [name, value] of answer.headers) headers.push(name, value);
            const problem = native.giveAnswer(answer.status, answer.httpVersion ?? 0, headers, answer.body);
            if (problem !== undefined) throw new HeadlessIdError(problem);
          } catch (error) {
            if (over.signal.aborted) break;
            cause = error;
            const left = error instanceof NoAnswerError && error.left === 'no' ? 1 : 2;
            native.giveNoAnswer(left, error instanceof NoAnswerError ? error.message : causeInShort(error));
          }
          break;
        case 'WAIT':
          await sleep(step.untilMs - now(), over.signal);
          break;
        default: {
          const problem = await answerByHost(flow, step, options, over.signal);
          if (problem === undefined) break;
          const refused = native.giveValue(problem.name, problem.value);
          if (refused !== undefined) throw new HeadlessIdError(refused);
        }
      }
    }
  } finally {
    options.signal?.removeEventListener('abort', abort);
    flow.release();
  }
}

/** ASK, SHOW and SIGN through the caller's handlers: the value to give back, or undefined for none. */
export async function answerByHost<R extends Result>(
  flow: Flow<R>,
  step: Step<R>,
  handlers: Handlers,
  signal?: AbortSignal,
): Promise<{ name: string; value: string | Uint8Array } | undefined> {
  const within = <T>(work: T | Promise<T>): Promise<T> => (signal === undefined ? Promise.resolve(work) : unlessAborted(Promise.resolve(work), signal));
  if (step.step === 'ASK' && handlers.onAsk) {
    return { name: step.name, value: await within(handlers.onAsk(step)) };
  }
  if (step.step === 'SIGN' && handlers.onSign) {
    return { name: 'signature', value: await within(handlers.onSign(step)) };
  }
  if (step.step === 'SHOW' && handlers.onShow) {
    const value = await within(handlers.onShow(step));
    return step.name === undefined || value === undefined ? undefined : { name: step.name, value };
  }
  throw unknownStep(flow.name, step.step);
}

/** The error with what lies behind it: the signal's reason where it was cancelled, else the transport's error. */
export function withCause(error: HeadlessIdError, signal: AbortSignal | undefined, cause: unknown): HeadlessIdError {
  const behind: unknown = error.isCancelled && signal?.aborted ? signal.reason : error.kind === 'TRANSPORT' ? cause : undefined;
  if (behind !== undefined) Object.defineProperty(error, 'cause', { value: behind, configurable: true, writable: true });
  return error;
}

async function send(transport: Transport, request: HttpRequest, timeoutMs: number, signal: AbortSignal): Promise<HttpAnswer> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(new NoAnswerError('maybe', 'the time is over')), delay(timeoutMs));
  try {
    // A transport that does not mind its signal is not waited for; what it says later is nobody's business.
    return await unlessAborted(transport(request, { signal: controller.signal, timeoutMs }), controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
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
