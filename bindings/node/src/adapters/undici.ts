import { badArgument } from '../errors';
import { hide, reveal } from '../hidden';
import { isAbortSignal, isBodyRepeatable, isRead, markRejected, tokenWithin, type TokenSource } from '../sessions/fetch';

export interface UndiciInterceptorOptions {
  /**
   * Where the token may go: origins such as `https://acme.my.salesforce.com`. A request to any other, one to which a redirect leads
   * too, goes there as it is.
   */
  readonly origins: readonly (string | URL)[];
}

type Headers = readonly unknown[] | Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>> | null | undefined;
interface Options {
  readonly origin?: string | URL | undefined;
  readonly method?: string | undefined;
  readonly headers?: Headers;
  readonly body?: unknown;
  readonly signal?: unknown;
}
// Of undici 7 and later; and of undici 6, as of the `fetch` in Node 20 and 22.
interface Handler {
  onRequestStart?(controller: unknown, context: unknown): void;
  onRequestUpgrade?(controller: unknown, status: number, headers: unknown, socket: unknown): void;
  onResponseStart?(controller: unknown, status: number, headers: unknown, message?: string): void;
  onResponseData?(controller: unknown, chunk: unknown): void;
  onResponseEnd?(controller: unknown, trailers: unknown): void;
  onResponseError?(controller: unknown, error: Error): void;
  onConnect?(abort: (error?: Error) => void, context: unknown): void;
  onUpgrade?(status: number, headers: unknown, socket: unknown): void;
  onHeaders?(status: number, headers: unknown, resume: () => void, message: string): boolean;
  onData?(chunk: unknown): boolean;
  onComplete?(trailers: unknown): void;
  onError?(error: Error): void;
  onBodySent?(chunk: unknown, total: unknown): void;
  onResponseStarted?(): void;
}
type Dispatch = (options: never, handler: never) => boolean;
type Send = (options: Options, handler: Handler) => boolean;

/**
 * An interceptor for undici's `dispatcher.compose(...)`, with the session's token in `authorization`: for an Agent, a Pool, and
 * for `fetch` with that dispatcher. After a 401 the token is replaced, and the request sent again if its body is not
 * a stream, as `fetch` makes of every body; else the 401 is handed through, and the next request has a new token. So it is
 * where undici's interceptor of redirects, composed before this one, followed one from a request other than GET and HEAD.
 * A request with an authorization header of its own is sent as it is.
 *
 * ```js
 * const agent = new Agent().compose(undiciInterceptor(session, { origins: [tokens.instanceUrl] }));
 * ```
 */
export function undiciInterceptor(session: TokenSource, options: UndiciInterceptorOptions): <D extends Dispatch>(dispatch: D) => D {
  const origins = new Set(options.origins.map(originOf));
  if (origins.size === 0) throw badArgument('origins', 'must name at least one origin, such as https://acme.my.salesforce.com');
  return <D extends Dispatch>(dispatch: D): D => {
    const send = dispatch as unknown as Send;
    const intercepting: Send = (given, handler) => {
      if (given.origin === undefined || !origins.has(originOf(given.origin))) return send(given, handler);
      // Read once: an iterable may have no second time.
      const headers = pairsOf(given.headers).flat();
      const request = { ...given, headers };
      if (headers.some((name, i) => i % 2 === 0 && /^authorization$/i.test(String(name)))) return send(request, handler);
      const fail = (error: Error): void => void (handler.onResponseError?.(null, error) ?? handler.onError?.(error));
      // Of `request` and the like; `fetch` ends the wait by itself.
      const signal = isAbortSignal(given.signal) ? given.signal : undefined;
      tokenWithin(signal, () => session.accessToken()).then((text) => {
        const token = hide(text);
        attempt(
          () =>
            send(
              withToken(request, token),
              watching(handler, (led) => again(token, led)),
            ),
          fail,
        );
      }, fail);
      // Nothing when the 401 is to be handed through.
      const again = (token: string, led: readonly (string | URL)[]): (() => void) | undefined => {
        // A redirect led to another origin, which had no token to reject.
        if (led.some((url) => originOf(url) !== originOf(request.origin as string | URL))) return undefined;
        if (!isBodyRepeatable(request.body) || (led.length > 0 && !isRead(request.method))) {
          markRejected(session, token);
          return undefined;
        }
        return () =>
          void tokenWithin(signal, () => session.rejected(reveal(token))).then(
            (next) => attempt(() => send(withToken(request, hide(next)), handler), fail),
            fail,
          );
      };
      return true;
    };
    return intercepting as unknown as D;
  };
}

function attempt(work: () => unknown, fail: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    fail(error as Error);
  }
}

/**
 * The handler, but for a 401 that is to be sent again: of that it learns nothing. `again` is given the URLs of all requests if a
 * redirect led from one to the next.
 */
function watching(handler: Handler, again: (led: readonly (string | URL)[]) => (() => void) | undefined): Handler {
  let retry: (() => void) | undefined;
  let isRedirected = false;
  let history: readonly (string | URL)[] = [];
  const begins = (context: unknown): void => {
    history = historyOf(context);
    // Each URL is put there with its response.
    isRedirected = history.length > 0;
  };
  const starts = (status: number): boolean => status === 401 && (retry = again(isRedirected ? history : [])) !== undefined;
  if (typeof handler.onRequestStart === 'function') {
    return {
      onRequestStart: (controller, context) => {
        begins(context);
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (controller, status, headers, socket) => handler.onRequestUpgrade?.(controller, status, headers, socket),
      onResponseStart: (controller, status, headers, message) => {
        if (!starts(status)) handler.onResponseStart?.(controller, status, headers, message);
      },
      onResponseData: (controller, chunk) => {
        if (retry === undefined) handler.onResponseData?.(controller, chunk);
      },
      onResponseEnd: (controller, trailers) => (retry === undefined ? handler.onResponseEnd?.(controller, trailers) : retry()),
      onResponseError: (controller, error) => (retry === undefined ? handler.onResponseError?.(controller, error) : retry()),
    };
  }
  return {
    onConnect: (abort, context) => {
      begins(context);
      handler.onConnect?.(abort, context);
    },
    onUpgrade: (status, headers, socket) => handler.onUpgrade?.(status, headers, socket),
    onResponseStarted: () => handler.onResponseStarted?.(),
    onBodySent: (chunk, total) => handler.onBodySent?.(chunk, total),
    onHeaders: (status, headers, resume, message) => starts(status) || (handler.onHeaders?.(status, headers, resume, message) ?? true),
    onData: (chunk) => retry !== undefined || (handler.onData?.(chunk) ?? true),
    onComplete: (trailers) => (retry === undefined ? handler.onComplete?.(trailers) : retry()),
    onError: (error) => (retry === undefined ? handler.onError?.(error) : retry()),
  };
}

/** What undici's own redirects leave in the context. */
function historyOf(context: unknown): readonly (string | URL)[] {
  const { history } = Object(context) as { history?: unknown };
  return Array.isArray(history) ? (history as (string | URL)[]) : [];
}

function withToken(request: Options & { readonly headers: readonly unknown[] }, token: string): Options {
  return { ...request, headers: [...request.headers, 'authorization', `Bearer ${reveal(token)}`] };
}

function pairsOf(headers: Headers): [string, unknown][] {
  if (headers === null || headers === undefined) return [];
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    const pairs: [string, unknown][] = [];
    for (let i = 0; i + 1 < headers.length; i += 2) pairs.push([String(headers[i]), headers[i + 1]]);
    return pairs;
  }
  if (Symbol.iterator in headers) return [...(headers as Iterable<readonly [string, unknown]>)].map(([name, value]) => [name, value]);
  return Object.entries(headers as Readonly<Record<string, unknown>>);
}

const originOf = (given: string | URL): string => new URL(given).origin;
