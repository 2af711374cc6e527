import { badArgument } from './errors';
import { hide, reveal } from './hidden';
import { readObject } from './result';
import type { GuestLike } from './tables';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

interface VisitorFields {
  readonly uvid: string;
  readonly accessToken: string;
  readonly renewAtMs?: number | undefined;
}

/**
 * What an app keeps of a guest: which visitor it is, the token that proves it, and when to renew it. Immutable. It
 * is taken wherever a `guest` is. The token can only be read by name: `util.inspect`, `JSON.stringify` and cloning
 * leave it out; `toJson` writes it, on purpose.
 */
export class Visitor implements GuestLike {
  readonly uvid: string;
  /** When to call `guest({ guest: visitor })`, in milliseconds since 1970; undefined where the token does not say. */
  readonly renewAtMs: number | undefined;
  readonly #accessToken: string;

  constructor(visitor: VisitorFields) {
    this.uvid = visitor.uvid;
    this.#accessToken = visitor.accessToken;
    this.renewAtMs = visitor.renewAtMs;
    Object.freeze(this);
  }

  get accessToken(): string {
    return this.#accessToken;
  }

  /** Whether it is time to renew. Never, where the token does not say when it ends. */
  isDue(nowMs: number = Date.now()): boolean {
    return this.renewAtMs !== undefined && nowMs >= this.renewAtMs;
  }

  /** Everything as text, for a session's store or a cookie that scripts cannot read. Holds the token. */
  toJson(): string {
    return JSON.stringify({ uvid: this.uvid, access_token: this.#accessToken, renew_at_ms: this.renewAtMs });
  }

  /** What `toJson` wrote, here or in another language; a guest's own `toJson` fits as well. Throws ARGUMENT for anything else. */
  static fromJson(text: string | Uint8Array): Visitor {
    text = hide(text);
    const values = hide(visitorIn(readObject(text)));
    if (reveal(values) === undefined) throw badArgument('visitor', 'is not what toJson wrote');
    return new Visitor(reveal(values) as VisitorFields);
  }

  /** @internal For `JSON.stringify`, which ends up in logs. */
  toJSON(): Record<string, unknown> {
    return { uvid: this.uvid, renewAtMs: this.renewAtMs };
  }

  /** @internal */
  [INSPECT](): string {
    if (!(#accessToken in this)) return 'Visitor {}';
    return `Visitor { ${JSON.stringify(this.uvid)} }`;
  }
}

function visitorIn(read: Record<string, unknown> | undefined): VisitorFields | undefined {
  const { uvid, access_token: accessToken, renew_at_ms: renewAtMs = null } = reveal(read) ?? {};
  if (typeof uvid !== 'string' || typeof accessToken !== 'string') return undefined;
  if (renewAtMs !== null && !Number.isSafeInteger(renewAtMs)) return undefined;
  return { uvid, accessToken, renewAtMs: (renewAtMs as number | null) ?? undefined };
}
