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
 * The part of a guest that an app stores: which visitor it is, the token that proves it, and when to renew it. Immutable.
 * Accepted wherever a `guest` is. The token can only be read by name: `util.inspect`, `JSON.stringify` and cloning omit
 * it; `toJson` includes it.
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

  /** Whether it is time to renew. Never, where the token does not say when it expires. */
  isDue(nowMs: number = Date.now()): boolean {
    return this.renewAtMs !== undefined && nowMs >= this.renewAtMs;
  }

  /** Everything as text, for a session store or a cookie that scripts cannot read. Contains the token. */
  toJson(): string {
    return JSON.stringify({ uvid: this.uvid, access_token: this.#accessToken, renew_at_ms: this.renewAtMs });
  }

  /** Restores the text of `toJson`, written here or in another language; the text of a guest works as well. Throws ARGUMENT for anything else. */
  static fromJson(text: string | Uint8Array): Visitor {
    text = hide(text);
    const values = hide(visitorIn(readObject(text)));
    if (reveal(values) === undefined) throw badArgument('visitor', 'is not the text of toJson');
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
