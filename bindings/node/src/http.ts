// One HTTP exchange, between a flow and an HTTP stack of the host.
import type { NativeRequest } from './native';
import { exactNumber } from './values';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** One HTTP request, to be sent exactly as it is. Headers and body may hold secrets, and printing shows neither. */
export class HttpRequest {
  /** What it is for: "authorize", "token", ... */
  readonly name: string;
  readonly method: string;
  readonly url: string;
  /** Whether it may be sent again after it may have been sent. The flow decides that itself; a host never repeats. */
  readonly retrySafe: boolean;
  /** The server is known to need HTTP/2 for it. */
  readonly prefersHttp2: boolean;
  readonly #headers: readonly (readonly [string, string])[];
  readonly #body: Uint8Array | undefined;
  readonly #deadlineMs: number | bigint;

  /** @internal */
  constructor(request: NativeRequest) {
    this.name = request.name;
    this.method = request.method;
    this.url = request.url;
    this.retrySafe = request.retrySafe;
    this.prefersHttp2 = request.prefersHttp2;
    const headers: [string, string][] = [];
    for (let i = 0; i + 1 < request.headers.length; i += 2) {
      headers.push([request.headers[i] as string, request.headers[i + 1] as string]);
    }
    this.#headers = headers;
    this.#body = request.body;
    this.#deadlineMs = request.deadlineMs;
    Object.freeze(this);
  }

  /** Names and values in order. */
  get headers(): readonly (readonly [name: string, value: string])[] {
    return this.#headers;
  }
  /** Undefined for a request without a body. A copy: you may wipe it. */
  get body(): Uint8Array | undefined {
    return this.#body;
  }
  /** When the flow's time is over, by the clock given to `next`. */
  get deadlineMs(): number {
    return exactNumber('deadlineMs', this.#deadlineMs);
  }

  /** @internal */
  [INSPECT](): string {
    if (!(#headers in this)) return 'HttpRequest {}';
    return `HttpRequest { ${this.method} ${this.url} (${this.name}) }`;
  }
}

/** A complete response, as it came: redirects not followed, the body not decoded. */
export interface HttpResponse {
  readonly status: number;
  /** 10, 11, 20 or 30; left out where the HTTP stack does not say. */
  readonly httpVersion?: number | undefined;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: Uint8Array | string;
}

export interface TransportContext {
  /** Aborts when the caller cancels, the flow's time is over, or the client closes. */
  readonly signal: AbortSignal;
  /** What remains of the flow's time, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Sends one request and resolves with the response. It follows no redirect, keeps no cookie and repeats nothing. Where no
 * complete response came it rejects: with a `NoResponseError` that says whether any of the request can have been sent
 * and, where that is known, what went wrong (`reason`). Any other error means that the request may have been sent.
 */
export type Transport = (request: HttpRequest, context: TransportContext) => Promise<HttpResponse>;

/**
 * Why no complete response came, in the reasons of kind TRANSPORT. All but `timeout`, `no_response` and `cut_off` mean that
 * nothing was sent. A fault that does not pass by itself (a name, a certificate, TLS, a proxy that refuses) is not
 * retried.
 */
export type NoResponseReason =
  | 'no_host'
  | 'no_name_server'
  | 'no_connection'
  | 'untrusted_certificate'
  | 'wrong_certificate'
  | 'expired_certificate'
  | 'bad_certificate'
  | 'tls_failed'
  | 'proxy_refused'
  | 'proxy_failed'
  | 'no_descriptors'
  | 'stream_refused'
  | 'cut_off'
  | 'timeout'
  | 'no_response';

/** Whether any of a request can have been sent. */
export type Sent = 'no' | 'maybe';

/** Thrown by a transport that knows whether the request can have been sent. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';

  /** What went wrong, where the transport knows: the `reason` of the HeadlessIdError that follows from it. */
  readonly reason: NoResponseReason | undefined;

  /** `sent`: 'no' only where not a byte of the request can have reached the server. */
  constructor(
    readonly sent: Sent,
    message: string,
    options?: { cause?: unknown; reason?: NoResponseReason | undefined },
  ) {
    super(message, options);
    this.reason = options?.reason;
  }
}
