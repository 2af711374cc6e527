// What a call accepts besides parameters, and the handlers that answer for a person or sign for the host.
import { badArgument, type HeadlessIdError } from './errors';
import { suggestion } from './nearest';

/** Asked for a value that only a person has (an OTP, say); `problem` says what was wrong with the last one. */
export type AskHandler = (ask: {
  readonly name: string;
  readonly secret: boolean;
  readonly problem: HeadlessIdError | undefined;
}) => string | Uint8Array | Promise<string | Uint8Array>;

/**
 * Shows a person a page to open; where there is a `code`, the person can type it at `verificationUri` instead. Returns the value
 * named `name` (the address of a callback) where the flow asks for one; `problem` says what was wrong with the last one.
 */
export type ShowHandler = (show: {
  readonly url: string;
  readonly code: string | undefined;
  readonly verificationUri: string | undefined;
  readonly name: string | undefined;
  readonly problem: HeadlessIdError | undefined;
}) => string | Uint8Array | undefined | void | Promise<string | Uint8Array | undefined | void>;

/** Signs with a key that never leaves the host. Returns the signature's own bytes, not their base64. */
export type SignHandler = (sign: { readonly algorithm: string; readonly input: Uint8Array }) => Uint8Array | Promise<Uint8Array>;

/**
 * Signs for a client with a key that never leaves the host (a KMS, an HSM): the setting `signedBy` is
 * 'host'. `algorithm` is a name of RFC 7518, such as RS256. Returns the signature's own bytes. What it throws ends the
 * flow with the reason `signing_failed`, and is the `cause` of that error.
 */
export type Signer = (algorithm: string, data: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Answers for a person, or signs. A step without its handler is an error that names it. */
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
   * `cause` is the signal's reason. The server may have acted on a request that was sent before.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface RunOptions extends SignalOptions, Handlers {}

export interface CallOptions extends FlowOptions, RunOptions {}

/** For a flow that is answered through its challenge, and so without handlers. */
export interface StartOptions extends FlowOptions, SignalOptions {}

/** For a flow that is opened from a ticket. */
export interface UnsealOptions<N extends string = string> extends FlowOptions {
  /** The flow that must go on: a good ticket of another flow is STATE, reason `other_flow`. */
  readonly flow?: N | undefined;
  /** Milliseconds since 1970; the system's time unless given. */
  readonly now?: number | bigint | undefined;
}

type Names<Options> = readonly (keyof Options & string)[];

const FLOW: Names<FlowOptions> = ['timeout', 'trace'];
const SIGNAL: Names<SignalOptions> = ['signal'];
const HANDLERS: Names<Handlers> = ['onAsk', 'onShow', 'onSign'];

/** The names of the options of each kind of call. */
export const OPTIONS = {
  flow: FLOW,
  signal: SIGNAL,
  run: [...SIGNAL, ...HANDLERS],
  call: [...FLOW, ...SIGNAL, ...HANDLERS],
  start: [...FLOW, ...SIGNAL],
  unseal: [...FLOW, 'flow', 'now'],
} as const;

/** Throws ARGUMENT for an option that a call does not have, and so would ignore: `timeOut`, or a signal as it is. */
export function checkOptions(known: readonly string[], options: object): void {
  if (typeof options !== 'object' || options === null || options instanceof AbortSignal) {
    throw new TypeError(`options must be an object with some of ${known.join(', ')}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw badArgument(name, `is not an option of this call${suggestion(name, known)}`);
  }
}
