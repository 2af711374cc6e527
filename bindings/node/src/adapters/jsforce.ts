import type { TokenSource } from '../sessions/fetch';

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
 * API rejects the token, jsforce asks for another one by itself, and sends the request again.
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
