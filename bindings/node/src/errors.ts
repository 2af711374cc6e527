import { NAMES } from './generated/names';
import { Predicates } from './generated/predicates';

/** What went wrong: the caller's value, the caller's order of calls, the network, the response, or a refusal of the server. */
export type ErrorKind = 'ARGUMENT' | 'STATE' | 'TRANSPORT' | 'PROTOCOL' | 'REFUSED';

/** What to do about it. */
export type Advice = 'NONE' | 'FIX_ARGUMENT' | 'ASK_AGAIN' | 'RESTART' | 'SIGN_IN_AGAIN' | 'RETRY_LATER' | 'FIX_ORG';

/** The fields of an error as the library gives them; absent ones are left out. */
export interface ErrorFields {
  readonly kind: ErrorKind;
  readonly advice: Advice;
  readonly reason: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly field?: string | undefined;
  readonly serverCode?: string | undefined;
  readonly serverText?: string | undefined;
  readonly httpStatus?: number | undefined;
  readonly outcomeUnknown?: boolean | undefined;
  readonly retryAfterMs?: number | bigint | undefined;
}

/** Why a given value is refused: thrown by `check`, away from the value. */
export type Refusal = ErrorFields | TypeError | undefined;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * The one error of this package. `code` is a stable word to decide by, `advice` says what to do, `hint` names the
 * org setting to change. No text in it holds a secret; `cause` is what a transport of yours threw, or the reason
 * of an AbortSignal, and is never printed by us beyond its name and code.
 */
export class HeadlessIdError extends Predicates {
  /**
   * 'HeadlessIdError'. Where the caller cancelled: 'AbortError', or 'TimeoutError' where that is the signal's reason
   * (`AbortSignal.timeout`), as `fetch` has it and frameworks look for it.
   */
  declare readonly name: string;
  /** The same as `reason`, where Node programs look for it. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly advice: Advice;
  /** One word that stays the same between releases: `invalid_credentials`, `not_headless`. */
  readonly reason: string;
  /** With FIX_ORG: the setting as Setup shows it and as the Metadata API names it. */
  readonly hint: string | undefined;
  /** With ARGUMENT: the setting or parameter that was wrong, by its name in this package: `clientId`. */
  readonly field: string | undefined;
  /** The server's own error code (`invalid_grant`) and text, for logs. */
  readonly serverCode: string | undefined;
  readonly serverText: string | undefined;
  /** Status of the HTTP response that the error is about. */
  readonly httpStatus: number | undefined;
  /** A single-use request may have reached the server, and no complete response came back. */
  readonly outcomeUnknown: boolean;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(fields: ErrorFields, options?: { cause?: unknown; names?: 'as written' }) {
    super(
      options?.names === undefined ? inOurSpelling(fields.message, fields.serverText) : fields.message,
      options !== undefined && 'cause' in options ? { cause: options.cause } : undefined,
    );
    this.code = fields.reason;
    this.kind = fields.kind;
    this.advice = fields.advice;
    this.reason = fields.reason;
    this.hint = fields.hint === undefined ? undefined : inOurSpelling(fields.hint);
    this.field = fields.field === undefined ? undefined : (NAMES.get(fields.field) ?? fields.field);
    this.serverCode = fields.serverCode;
    this.serverText = fields.serverText;
    this.httpStatus = fields.httpStatus || undefined;
    this.outcomeUnknown = fields.outcomeUnknown ?? false;
    const wait = Number(fields.retryAfterMs ?? -1);
    this.retryAfterMs = wait < 0 ? undefined : wait;
    nameOf(this);
  }

  static {
    // On the prototype, so that it stands at the head of the stack and no own property is made for it.
    Object.defineProperty(this.prototype, 'name', { value: 'HeadlessIdError', configurable: true, writable: true });
  }

  /** Every field, for logs. */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = { name: this.name, message: this.message };
    for (const key of SHOWN) {
      if (this[key] !== undefined) json[key] = this[key];
    }
    return json;
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect?: (value: unknown, options: object) => string): string {
    const lines = SHOWN.filter((key) => this[key] !== undefined && this[key] !== false).map(
      (key) => `  ${key}: ${inspect ? inspect(this[key], options) : JSON.stringify(this[key])}`,
    );
    if (this.cause !== undefined) lines.push(`  [cause]: ${causeInShort(this.cause)}`);
    return `${this.stack ?? `${this.name}: ${this.message}`} {\n${lines.join(',\n')}\n}`;
  }
}

const SHOWN = [
  'kind',
  'advice',
  'reason',
  'hint',
  'field',
  'serverCode',
  'serverText',
  'httpStatus',
  'outcomeUnknown',
  'retryAfterMs',
] as const;

/**
 * The part of a foreign error that may be told: its name and code. Its message and members may hold the
 * request that it is about, and so a password.
 */
export function causeInShort(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const inner: unknown = cause.cause;
  const code = codeOf(cause) ?? (inner instanceof Error ? codeOf(inner) : undefined);
  return code === undefined ? plain(cause.name) : `${plain(cause.name)} (${code})`;
}

/** An error's code if it is a short word, not text. */
export function codeOf(error: Error): string | undefined {
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? code : undefined;
}

function plain(name: unknown): string {
  return typeof name === 'string' && /^[A-Za-z0-9_$]{1,64}$/.test(name) ? name : 'Error';
}

/** Throws the outcome of a native call if it is an error. */
export function check(outcome: Refusal): void {
  if (outcome instanceof TypeError) throw outcome;
  if (outcome !== undefined) throw new HeadlessIdError(outcome);
}

/** A value that JavaScript cannot carry over exactly; everything else is judged by the library. */
export function badArgument(field: string, what: string): HeadlessIdError {
  return new HeadlessIdError(argumentFields(field, what));
}

export function argumentFields(field: string, what: string): ErrorFields {
  return { kind: 'ARGUMENT', advice: 'FIX_ARGUMENT', reason: 'bad_argument', message: `${field} ${what}`, field };
}

/** The error with its cause. */
export function because(error: HeadlessIdError, cause: unknown): HeadlessIdError {
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  nameOf(error);
  return error;
}

function nameOf(error: HeadlessIdError): void {
  if (!error.isCancelled) return;
  const { cause } = error;
  const value = cause instanceof Error && cause.name === 'TimeoutError' ? 'TimeoutError' : 'AbortError';
  Object.defineProperty(error, 'name', { value, configurable: true, writable: true });
}

// A whole word of the catalogue's kind, not a part of a path, of a setting of Metadata or of a longer word.
const WORD = /(?<![\w.$/-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!\w)/g;
// A parameter and a scope have this name: the scope keeps it.
const SCOPE = 'refresh_token';

/** The catalogue's names of settings and parameters as this package spells them; the server's words stay as they are. */
function inOurSpelling(text: string, serverText?: string): string {
  const parts = serverText ? text.split(serverText) : [text];
  return parts
    .map((part) =>
      part.replace(WORD, (word, offset: number) =>
        word === SCOPE && /\bscopes?\b[^.;]*$/i.test(part.slice(0, offset)) ? word : (NAMES.get(word) ?? word),
      ),
    )
    .join(serverText);
}

/** A call at the wrong time. */
export function badState(reason: string, message: string): HeadlessIdError {
  return new HeadlessIdError({ kind: 'STATE', advice: 'NONE', reason, message });
}
