import { badArgument } from '../errors';
import { isRead, type TokenSource } from '../sessions/fetch';

/** Of a Session, what a connection of jsforce needs. */
export interface ConnectableSession extends TokenSource {
  token(): Promise<{ readonly accessToken: string; readonly instanceUrl: string | undefined }>;
}

/** Options for `new jsforce.Connection(...)`. */
export interface JsforceOptions {
  readonly instanceUrl: string;
  readonly accessToken: string;
  readonly refreshFn: (
    connection: { readonly accessToken?: string | null | undefined },
    callback: (error: Error | null, accessToken?: string) => void,
  ) => void;
}

/**
 * The options of a jsforce Connection on this session: `new Connection({ ...(await jsforceOptions(session)), version: '62.0' })`. Where an
 * API rejects the token, jsforce asks for another one by itself, and sends the request again. jsforce puts the token in the place
 * of an Authorization header of the caller's: make a connection without a session for such a request. Put `keepOnOrigin` around it.
 */
export async function jsforceOptions(session: ConnectableSession): Promise<JsforceOptions> {
  const { accessToken, instanceUrl } = await session.token();
  return {
    instanceUrl: instanceUrl ?? '',
    accessToken,
    refreshFn: (connection, callback) => {
      const { accessToken: rejected } = connection;
      (rejected ? session.rejected(rejected) : session.accessToken()).then(
        (next) => callback(null, next),
        (error: Error) => callback(error),
      );
    },
  };
}

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers?: object;
}

/**
 * Has a jsforce Connection follow redirects of GET and HEAD on the same origin alone, and returns it; a request with any other
 * redirect rejects. jsforce itself follows all, sends the token on to any host (`Authorization`, and `X-SFDC-Session` of the Bulk
 * API), and after a 401 there sends the first request again, which may have been carried out.
 *
 * ```js
 * const connection = keepOnOrigin(new Connection({ ...(await jsforceOptions(session)), version: '62.0' }));
 * ```
 */
export function keepOnOrigin<C extends object>(connection: C): C {
  const transport = (connection as { _transport?: { httpRequest?: unknown } })._transport;
  const httpRequest = transport?.httpRequest;
  if (transport === undefined || typeof httpRequest !== 'function')
    throw badArgument('connection', 'must be a Connection of jsforce 2 or 3');
  transport.httpRequest = (asked: Asked, options: object = {}): unknown => {
    // What gives nothing has jsforce reject the request.
    const followRedirect = (location: string): Asked | undefined => {
      const next = URL.canParse(location, asked.url) ? new URL(location, asked.url) : undefined;
      return next?.origin === new URL(asked.url).origin && isRead(asked.method) ? { ...asked, url: next.href } : undefined;
    };
    return (httpRequest as (asked: Asked, options: object) => unknown).call(transport, asked, { ...options, followRedirect });
  };
  return connection;
}
