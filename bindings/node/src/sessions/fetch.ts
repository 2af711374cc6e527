import { hide, reveal } from '../hidden';
import { within } from '../within';

/** What gives access tokens, and replaces one that an API rejected: a Session. */
export interface TokenSource {
  accessToken(): Promise<string>;
  rejected(accessToken: string): Promise<string>;
}

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = NonNullable<Parameters<Fetch>[1]>;

/**
 * A `fetch` with the session's token. A 401 has the token replaced, and the request sent again if its body can be: a stream
 * is not sent twice, nor is a Request with a body, which is one, nor what was carried out before a redirect. A request with an
 * Authorization header of its own is sent as it is. The request's signal ends the wait for a token too.
 */
export function sessionFetch(source: TokenSource, fetch: Fetch = (input, init) => globalThis.fetch(input, init)): Fetch {
  return async (input, init = {}) => {
    if (headersOf(input, init).has('authorization')) return fetch(input, init);
    const signal = signalOf(input, init);
    const token = hide(await tokenWithin(signal, () => source.accessToken()));
    const response = await fetch(input, withToken(input, init, token));
    if (response.status !== 401 || !isFromSameOrigin(input, response)) return response;
    if (!isRepeatable(input, init) || (response.redirected && !isRead(methodOf(input, init)))) {
      markRejected(source, token);
      return response;
    }
    await response.body?.cancel();
    const next = hide(await tokenWithin(signal, () => source.rejected(reveal(token))));
    return fetch(input, withToken(input, init, next));
  };
}

/** A token, or the signal's reason as soon as it is aborted: then the session's flow goes on without this request. */
export async function tokenWithin(signal: AbortSignal | undefined, ask: () => Promise<string>): Promise<string> {
  if (signal?.aborted) throw signal.reason;
  return within(ask(), signal);
}

/** Whether it is one that can be waited for: HTTP clients accept others too. */
export function isAbortSignal(given: unknown): given is AbortSignal {
  const { aborted, addEventListener, removeEventListener } = Object(given) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function';
}

/** For the next request, which reports the outcome. */
export function markRejected(source: TokenSource, token: string): void {
  source.rejected(reveal(token)).catch(() => {});
}

const headersOf = (input: Input, init: Init): Headers =>
  new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));

const signalOf = (input: Input, init: Init): AbortSignal | undefined =>
  (init.signal === undefined && input instanceof Request ? input.signal : init.signal) ?? undefined;

function withToken(input: Input, init: Init, token: string): Init {
  const headers = headersOf(input, init);
  headers.set('authorization', `Bearer ${reveal(token)}`);
  return { ...init, headers };
}

function isRepeatable(input: Input, init: Init): boolean {
  if (init.body === undefined || init.body === null) return !(input instanceof Request) || input.body === null;
  return isBodyRepeatable(init.body);
}

/** Whether the same body can be sent two times: not a stream, nor anything else that is used up by reading it. */
export function isBodyRepeatable(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof URLSearchParams ||
    body instanceof FormData ||
    body instanceof Blob
  );
}

/** Whether a method changes nothing. A request that a redirect followed may have been carried out: only such a one can be sent again. */
export function isRead(method: unknown): boolean {
  return method === undefined || (typeof method === 'string' && /^(?:get|head)$/i.test(method));
}

const methodOf = (input: Input, init: Init): string | undefined => init.method ?? (input instanceof Request ? input.method : undefined);

/** Not one to which a redirect led: fetch sends it no token. */
function isFromSameOrigin(input: Input, response: Response): boolean {
  if (!response.redirected) return true;
  return new URL(response.url).origin === new URL(input instanceof Request ? input.url : String(input)).origin;
}
