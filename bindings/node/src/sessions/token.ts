import { SessionToken } from '../generated/results';
import { hide, reveal } from '../hidden';
import { Result } from '../result';
import type { FieldTable } from '../tables';

/** The same token for a later call, which has not had it refreshed. */
export function settled(token: SessionToken): SessionToken {
  if (!token.refreshed) return token;
  const members = hide(JSON.parse(token.toJson()) as Record<string, unknown>);
  return SessionToken.fromJson(JSON.stringify({ ...reveal(members), refreshed: false }));
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
