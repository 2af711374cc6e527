import { hide, reveal } from '../hidden';
import { Result } from '../result';
import type { FieldTable } from '../tables';

const FIELDS: FieldTable = {
  access_token: { name: 'accessToken', kind: 'text', secret: true, always: true },
  token_type: { name: 'tokenType', kind: 'text', secret: false, always: false },
  token_format: { name: 'tokenFormat', kind: 'text', secret: false, always: false, choices: ['opaque', 'jwt'] },
  scope: { name: 'scope', kind: 'list', secret: false, always: false },
  instance_url: { name: 'instanceUrl', kind: 'url', secret: false, always: false },
  issued_at_ms: { name: 'issuedAtMs', kind: 'integer', secret: false, always: false },
  expires_at_ms: { name: 'expiresAtMs', kind: 'integer', secret: false, always: false },
  id: { name: 'id', kind: 'url', secret: false, always: false },
  uvid: { name: 'uvid', kind: 'text', secret: false, always: false },
  site_url: { name: 'siteUrl', kind: 'url', secret: false, always: false },
  site_id: { name: 'siteId', kind: 'text', secret: false, always: false },
  refreshed: { name: 'refreshed', kind: 'flag', secret: false, always: true },
  refresh_failure: { name: 'refreshFailure', kind: 'text', secret: false, always: false },
};

/**
 * A session's access token, and what belongs to it; never a refresh token. The token can only be read by name:
 * `util.inspect`, `JSON.stringify` and cloning omit it; `toJson` includes it.
 */
export class SessionToken extends Result {
  /**
   * Opaque or a JWT.
   * Secret.
   */
  get accessToken(): string {
    return this.secret('accessToken') as string;
  }
  declare readonly tokenType: string | undefined;
  declare readonly tokenFormat: 'opaque' | 'jwt' | undefined;
  /** Scopes that were granted, as the server lists them; empty if it does not. */
  declare readonly scope: readonly string[];
  /** Base address of the org's APIs. */
  declare readonly instanceUrl: string | undefined;
  /** In milliseconds since 1970. */
  declare readonly issuedAtMs: number | undefined;
  /** When the token expires, in milliseconds since 1970, if it says so. */
  declare readonly expiresAtMs: number | undefined;
  /** The user's identity URL. */
  declare readonly id: string | undefined;
  /** The visitor's UVID. */
  declare readonly uvid: string | undefined;
  declare readonly siteUrl: string | undefined;
  declare readonly siteId: string | undefined;
  /** Whether this call had it refreshed. */
  declare readonly refreshed: boolean;
  /** The token is due, and could not be refreshed: the reason, as in an error. It lasts for a while. */
  declare readonly refreshFailure: string | undefined;

  /** @internal */
  constructor(values: readonly string[]) {
    super(FIELDS, complete(values));
  }

  /** @internal The same token for a later call, which has not had it refreshed. */
  settled(): SessionToken {
    return this.refreshed ? new SessionToken(others('refreshed', this)) : this;
  }
}

/** Names and texts of the fields but one; hidden. */
function others(name: string, token: SessionToken): readonly string[] {
  const all = hide(JSON.parse(token.toJson()) as Record<string, unknown>);
  return hide(Object.entries(reveal(all)).flatMap(([key, value]) => (key === name ? [] : [key, String(value)])));
}

/** The library says only of a token that was refreshed that it was. */
function complete(values: readonly string[]): readonly string[] {
  return reveal(values).includes('refreshed') ? values : hide([...reveal(values), 'refreshed', 'false']);
}

const END: FieldTable = { revoked: { name: 'revoked', kind: 'flag', secret: false, always: true } };

/** What the end of a session brought. */
export class SessionEnd extends Result {
  declare readonly revoked: boolean;

  /** @internal */
  constructor(values: readonly string[]) {
    super(END, values);
  }
}
