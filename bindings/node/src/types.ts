import type { HeadlessIdError } from './errors';
import type { HttpRequest } from './flow';
import type { Result } from './result';

/** A JSON object, for the settings that take one. */
export type JsonObject = { readonly [name: string]: unknown };

/** What a flow that takes a guest needs of one: a `Guest`, or your own record of it. */
export interface GuestLike {
  readonly accessToken?: string | Uint8Array | undefined;
  readonly uvid?: string | undefined;
}

/** What a flow that takes a session's tokens needs of them: a `TokenSet`, or your own record of it. */
export interface TokensLike {
  readonly accessToken?: string | Uint8Array | undefined;
  readonly refreshToken?: string | Uint8Array | undefined;
}

/** Asked for a value that only a person has (an OTP, say); `problem` says what was wrong with the last one. */
export type AskHandler = (ask: {
  readonly name: string;
  readonly secret: boolean;
  readonly problem: HeadlessIdError | undefined;
}) => string | Uint8Array | Promise<string | Uint8Array>;

/**
 * Shows a person a page to open and, where there is one, a code to type. Gives the value named `name` (the
 * address of a callback) where the flow wants one back.
 */
export type ShowHandler = (show: {
  readonly url: string;
  readonly code: string | undefined;
  readonly name: string | undefined;
}) => string | Uint8Array | undefined | void | Promise<string | Uint8Array | undefined | void>;

/** Signs with a key that never leaves the host. The signature's own bytes, not their base64. */
export type SignHandler = (sign: {
  readonly algorithm: string;
  readonly input: Uint8Array;
}) => Uint8Array | Promise<Uint8Array>;

/**
 * Signs for a client with a key that never leaves the host (a KMS, an HSM): the setting `attestationSigner` is
 * 'host'. `algorithm` is a name of RFC 7518, such as RS256. Gives the signature's own bytes. What it throws ends the
 * flow, and is the `cause` of the error.
 */
export type Signer = (algorithm: string, data: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Who stands in for a person. A step without its handler is an error that names it. */
export interface Handlers {
  readonly onAsk?: AskHandler | undefined;
  readonly onShow?: ShowHandler | undefined;
  readonly onSign?: SignHandler | undefined;
}

export interface FlowOptions {
  /** Longest time on the network for the whole flow, in milliseconds; overrides the setting `timeoutMs`. */
  readonly timeout?: number | bigint | undefined;
  /** Called once, at the end, with every exchange of the flow, secrets as dots. */
  readonly trace?: ((transcript: string) => void) | undefined;
}

export interface SignalOptions {
  /**
   * Cancels: the promise is rejected with a HeadlessIdError whose `name` is 'AbortError' (`isCancelled`) and whose
   * `cause` is the signal's reason. A request that had left may have been acted on.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface RunOptions extends SignalOptions, Handlers {}

export interface CallOptions extends FlowOptions, RunOptions {}

/** For a flow that is answered through its challenge: nobody stands in for a person. */
export interface StartOptions extends FlowOptions, SignalOptions {}

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
  /** What is left of the flow's time, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Why no complete response came, by the words of kind TRANSPORT. All but `timeout`, `no_response` and `cut_off` mean that nothing
 * left. What does not pass by itself (a name, a certificate, TLS, a proxy that refuses) is not tried again.
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

/**
 * Sends one request and gives the response. Follows no redirect, keeps no cookie, repeats nothing. Where no whole
 * answer came it rejects: with a `NoResponseError` that says 'no' where no byte of the request can have left, and
 * what went wrong (`reason`) where that is known; any other error counts as 'it may have left'.
 */
export type Transport = (request: HttpRequest, context: TransportContext) => Promise<HttpResponse>;

export type ValueKind = 'text' | 'url' | 'list' | 'integer' | 'flag' | 'json';

/** How a value that callers give is written to the library. */
export interface ValueEntry {
  readonly name: string;
  readonly kind: ValueKind;
  readonly fromGuest?: keyof GuestLike;
}
export type ValueTable = { readonly [name: string]: ValueEntry };

export interface FlowDescription<R extends Result> {
  readonly acceptsGuest: boolean;
  readonly acceptsTokens: boolean;
  readonly result: new (values: readonly string[]) => R;
  readonly parameters: ValueTable;
  /** What a person may be asked for; the first is the one that `verify` takes without a name. */
  readonly asks: ValueTable;
}
