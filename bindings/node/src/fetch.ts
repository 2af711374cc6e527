import { faultOf, listenToConnections } from './fault';
import { hide, reveal } from './hidden';
import { NoResponseError, type HttpRequest, type HttpResponse, type NoResponseReason, type Transport, type TransportContext } from './http';

export interface FetchTransportOptions {
  /** Another `fetch` than the global one: undici's, or one that traces. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** More options for each call of `fetch`, such as undici's `dispatcher` with a proxy or a CA. */
  readonly init?: Readonly<Record<string, unknown>> | undefined;
}

// The library refuses a response above 1 MiB; one byte more is enough to be refused, and nothing is read beyond it.
const MOST_BYTES = 1024 * 1024 + 1;

const SAID: Partial<Record<NoResponseReason, string>> = {
  no_host: 'the host was not found',
  no_name_server: 'no name server responded',
  no_connection: 'no connection could be made',
  untrusted_certificate: "the server's certificate comes from an authority that is not trusted, or its chain has a gap",
  wrong_certificate: "the server's certificate is for another name",
  expired_certificate: "the server's certificate has expired, or is not valid yet",
  bad_certificate: "the server's certificate cannot be used",
  tls_failed: 'no TLS connection could be made',
  proxy_refused: 'the proxy refused the connection',
  proxy_failed: 'the proxy could not be reached, or broke off',
  no_descriptors: 'this process may open no more files and sockets',
  cut_off: 'the connection broke before a complete response had come',
};

/**
 * A transport over `fetch`, for `runFlow` and for `new Client(settings, { transport })`: the app's own proxies,
 * certificates and instrumentation apply. Node's `fetch` speaks HTTP/1.1 unless its dispatcher allows more; guest
 * tokens are known to be refused over HTTP/1.1 by some orgs. What fetch's error says (no such host, a certificate,
 * no connection) becomes the `reason` of a NoResponseError.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  listenToConnections();
  return async (request: HttpRequest, context: TransportContext): Promise<HttpResponse> => {
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
      throw noResponse(error, request.url);
    }
    if (response.type === 'opaqueredirect') {
      await response.body?.cancel();
      throw new NoResponseError('maybe', 'this fetch hides redirects, so the response cannot be read');
    }
    return { status: response.status, headers: response.headers, body: await readBody(response) };
  };
}

function headersOf(request: HttpRequest): [string, string][] {
  const headers = request.headers.map(([name, value]): [string, string] => [name, value]);
  // Without this, fetch would ask for compressed responses.
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
    throw new NoResponseError('maybe', `the response broke off (${innermostCode(error) ?? 'fetch'})`, { cause: error, reason: 'cut_off' });
  }
  return Buffer.concat(reveal(chunks), Math.min(size, MOST_BYTES));
}

function noResponse(error: unknown, url: string): NoResponseError {
  const { sent, reason } = faultOf(error, URL.canParse(url) ? new URL(url).hostname : undefined);
  const what = (reason && SAID[reason]) ?? 'no response came';
  return new NoResponseError(sent, `${what} (${innermostCode(error) ?? 'fetch'})`, { cause: error, reason });
}

function innermostCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  const own = typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? code : undefined;
  return own ?? innermostCode(error.cause);
}
