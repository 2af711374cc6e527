import { NoAnswerError } from './run';
import type { HttpRequest } from './flow';
import { hide, reveal } from './hidden';
import type { HttpAnswer, Transport, TransportContext } from './types';

export interface FetchTransportOptions {
  /** Another `fetch` than the global one: undici's, or one that traces. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** More for each call of `fetch`: undici's `dispatcher` with a proxy or a CA, say. */
  readonly init?: Readonly<Record<string, unknown>> | undefined;
}

// The library refuses an answer above 1 MiB; one byte more is enough to be refused, and nothing is read beyond it.
const MOST_BYTES = 1024 * 1024 + 1;

// Before a connection stands and TLS has approved of the server, nothing of the request is on its way.
const NEVER_LEFT = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EAI_FAIL',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
// These come from a connection that is up as well; from `connect` itself they mean that there is none.
const NEVER_LEFT_IN_CONNECT = new Set(['EADDRNOTAVAIL', 'ECONNRESET', 'EHOSTUNREACH', 'EMFILE', 'ENETUNREACH', 'ENFILE', 'ETIMEDOUT']);

/**
 * A transport over `fetch`, for `runFlow` and for `new Client(settings, { transport })`: the app's own proxies,
 * certificates and instrumentation apply. Node's `fetch` speaks HTTP/1.1 unless its dispatcher allows more; guest
 * tokens are known to be refused over HTTP/1.1 by some orgs.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  return async (request: HttpRequest, context: TransportContext): Promise<HttpAnswer> => {
    const fetch = options.fetch ?? globalThis.fetch;
    let response: Response;
    try {
      response = await fetch(request.url, {
        ...options.init,
        method: request.method,
        headers: headersOf(request),
        body: request.body ?? null,
        redirect: 'manual',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: context.signal,
      });
    } catch (error) {
      throw noAnswer(error);
    }
    if (response.type === 'opaqueredirect') {
      await response.body?.cancel();
      throw new NoAnswerError('maybe', 'this fetch hides redirects, so the answer cannot be read');
    }
    return { status: response.status, headers: response.headers, body: await readBody(response) };
  };
}

function headersOf(request: HttpRequest): [string, string][] {
  const headers = request.headers.map(([name, value]): [string, string] => [name, value]);
  // Without this, fetch would ask for compressed answers.
  if (!headers.some(([name]) => name.toLowerCase() === 'accept-encoding')) headers.push(['accept-encoding', 'identity']);
  return headers;
}

async function readBody(response: Response): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const chunks = hide<Uint8Array[]>([]);
  let size = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  try {
    for (;;) {
      const read = hide(await reader.read());
      if (reveal(read).done) break;
      reveal(chunks).push(reveal(read).value as Uint8Array);
      size += (reveal(read).value as Uint8Array).byteLength;
      if (size >= MOST_BYTES) {
        await reader.cancel();
        break;
      }
    }
  } catch (error) {
    throw new NoAnswerError('maybe', `the answer broke off (${innermostCode(error) ?? 'fetch'})`, { cause: error });
  }
  return Buffer.concat(reveal(chunks), Math.min(size, MOST_BYTES));
}

function noAnswer(error: unknown): NoAnswerError {
  const code = innermostCode(error);
  return new NoAnswerError(neverLeft(error) ? 'no' : 'maybe', `no answer came (${code ?? 'fetch'})`, { cause: error });
}

/** fetch wraps what happened, and an attempt at several addresses wraps several: all of them must say so. */
function neverLeft(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(neverLeft);
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code === 'string') {
    if (NEVER_LEFT.has(code)) return true;
    if (syscall === 'connect' && NEVER_LEFT_IN_CONNECT.has(code)) return true;
  }
  return error.cause !== undefined && neverLeft(error.cause);
}

function innermostCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  const own = typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? code : undefined;
  return own ?? innermostCode(error.cause);
}
