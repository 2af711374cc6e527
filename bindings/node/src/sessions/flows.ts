import type { FlowDescription, ValueTable } from '../tables';
import { SessionToken } from '../generated/results';
import { SessionEnd } from './token';

const MIN_TTL: ValueTable = { minTtl: { name: 'min_ttl_ms', kind: 'integer' } };

const TOKEN: FlowDescription<SessionToken> = { result: SessionToken, parameters: MIN_TTL, asks: {} };

/** The flows of a session, by the names under which `hlid_session_flow_new` knows them. */
export const SESSION_FLOWS = {
  begin: { result: SessionToken, parameters: { tokens: { name: 'tokens', kind: 'json' } }, asks: {} } as FlowDescription<SessionToken>,
  token: TOKEN,
  rejected: {
    result: SessionToken,
    parameters: { ...MIN_TTL, accessToken: { name: 'access_token', kind: 'text' } },
    asks: {},
  } as FlowDescription<SessionToken>,
  guest: {
    result: SessionToken,
    parameters: { ...MIN_TTL, scope: { name: 'scope', kind: 'list' } },
    asks: {},
  } as FlowDescription<SessionToken>,
  end: { result: SessionEnd, parameters: {}, asks: {} } as FlowDescription<SessionEnd>,
} as const;

export type SessionFlowName = keyof typeof SESSION_FLOWS;

/** What the flow of this name brings. */
export type SessionOutcome<N extends SessionFlowName> = N extends 'end' ? SessionEnd : SessionToken;
