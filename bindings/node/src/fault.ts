import { diagnostics } from './builtins';
import type { NoResponseReason, Sent } from './http';

/** Whether any of the request can have been sent, and what went wrong where that is known. */
export interface Fault {
  readonly sent: Sent;
  readonly reason?: NoResponseReason | undefined;
}

// Codes that only come up before a request leaves: names are looked up, and certificates checked, before it.
const BEFORE_SENDING: Partial<Record<NoResponseReason, readonly string[]>> = {
  no_host: ['ENOTFOUND'],
  no_name_server: ['EAI_AGAIN', 'EAI_FAIL'],
  no_connection: ['EAI_NODATA', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'],
  untrusted_certificate: [
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  wrong_certificate: ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'],
  expired_certificate: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
  bad_certificate: [
    'CERT_CHAIN_TOO_LONG',
    'CERT_REJECTED',
    'CERT_REVOKED',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  ],
  tls_failed: ['ERR_SSL_UNSUPPORTED_PROTOCOL'],
  proxy_failed: ['UND_ERR_PRX_TLS'],
};
// These come from a connection that is up as well; they count only where it was still being made.
const IN_CONNECT: Partial<Record<NoResponseReason, readonly string[]>> = {
  no_descriptors: ['EMFILE', 'ENFILE'],
  no_connection: ['EADDRNOTAVAIL', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
};
const BROKEN = new Set(['ECONNABORTED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const byCode = (table: Partial<Record<NoResponseReason, readonly string[]>>): Map<string, NoResponseReason> =>
  new Map(Object.entries(table).flatMap(([reason, codes]) => codes.map((code) => [code, reason as NoResponseReason] as const)));
const beforeSending = byCode(BEFORE_SENDING);
const inConnect = byCode(IN_CONNECT);

// undici says which errors come from making a connection. By its code alone, a server's TLS alert looks the same before
// and after the request: in TLS 1.3 a client sends before the server has checked the client's certificate.
const unconnected = new WeakSet();
const remember = (event: unknown): void => {
  const { error } = event as { error?: unknown };
  if (typeof error === 'object' && error !== null) unconnected.add(error);
};
let listening = false;

/** From now on `faultOf` knows errors of undici's connections. */
export function listenToConnections(): void {
  if (listening) return;
  listening = true;
  diagnostics.subscribe('undici:client:connectError', remember);
}

/** What an error of fetch says. It wraps what happened, and an attempt at several addresses wraps several. */
export function faultOf(error: unknown, host: string | undefined, connecting = false): Fault {
  const unknown: Fault = { sent: connecting ? 'no' : 'maybe' };
  if (!(error instanceof Error)) return unknown;
  connecting ||= unconnected.has(error);
  if (error instanceof AggregateError && error.errors.length > 0) return common(error.errors.map((one) => faultOf(one, host, connecting)));
  const own = ofCode(error, host, connecting) ?? ofProxy(error);
  if (own !== undefined) return own;
  if (error.cause !== undefined) return faultOf(error.cause, host, connecting);
  return connecting ? { sent: 'no', reason: 'no_connection' } : unknown;
}

function ofCode(error: Error, host: string | undefined, connecting: boolean): Fault | undefined {
  const { code, syscall, hostname } = error as { code?: unknown; syscall?: unknown; hostname?: unknown };
  if (typeof code !== 'string') return undefined;
  let reason = beforeSending.get(code);
  // Another name than the site's is a proxy's.
  if (reason === 'no_host' && host !== undefined && typeof hostname === 'string' && hostname !== host) reason = 'no_connection';
  if (reason === undefined && (connecting || syscall === 'connect')) reason = inConnect.get(code);
  if (reason === undefined && connecting) {
    if (/^ERR_SSL_.*(?:KEY_TOO_SMALL|MD_TOO_WEAK)$/.test(code)) reason = code.includes('_DH_') ? 'tls_failed' : 'bad_certificate';
    else if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) reason = 'tls_failed';
    else if (code.startsWith('CERT_')) reason = 'bad_certificate';
  }
  if (reason !== undefined) return { sent: 'no', reason };
  return !connecting && BROKEN.has(code) ? { sent: 'maybe', reason: 'cut_off' } : undefined;
}

/** A response to CONNECT that is not a success: undici has its status in the message, Node's own agent as a member. */
function ofProxy(error: Error): Fault | undefined {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const said = code === 'UND_ERR_ABORTED' ? /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling$/.exec(error.message)?.[1] : undefined;
  const status = said !== undefined ? Number(said) : code === 'ERR_PROXY_TUNNEL' ? Number(statusCode) : NaN;
  if (Number.isNaN(status)) return code === 'ERR_PROXY_TUNNEL' ? { sent: 'no', reason: 'proxy_failed' } : undefined;
  const refused = status >= 300 && status < 500 && ![408, 425, 429].includes(status);
  return { sent: 'no', reason: refused ? 'proxy_refused' : 'proxy_failed' };
}

/** What all of them say. */
function common(faults: readonly Fault[]): Fault {
  const [first] = faults;
  return {
    sent: faults.every(({ sent }) => sent === 'no') ? 'no' : 'maybe',
    reason: faults.every(({ reason }) => reason === first?.reason) ? first?.reason : undefined,
  };
}
