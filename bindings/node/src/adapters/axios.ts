import { hide, reveal } from '../hidden';
import { isAbortSignal, isBodyRepeatable, isRead, markRejected, tokenWithin, type TokenSource } from '../sessions/fetch';

// What is used of an axios instance and its requests.
interface Headers {
  get(name: string): unknown;
  set(name: string, value: string): unknown;
}
interface Config {
  headers: Headers;
  method?: unknown;
  data?: unknown;
  auth?: unknown;
  beforeRedirect?: unknown;
  signal?: unknown;
  [again: string]: unknown;
}
interface Response {
  readonly status: number;
  readonly config: Config;
  readonly request?: unknown;
}
interface Interceptors {
  // As axios has it: any instance's own types fit.
  use(fulfilled: (value: any) => any, rejected?: (error: unknown) => unknown): number;
  eject(id: number): void;
}
/** An instance of axios. */
export interface AxiosLike {
  readonly interceptors: { readonly request: Interceptors; readonly response: Interceptors };
  getUri(config?: object): string;
  request(config: object): Promise<unknown>;
}

// A member of the request's configuration, which axios carries over into the second one.
const AGAIN = 'headlessidAgain';
const BEARER = 'Bearer ';

/**
 * Has an axios instance send the session's token with each request. After a 401 the token is replaced, and the request sent one time
 * more if its body is not a stream; else the 401 is handed through, and the next request has a new token. So it is where a redirect
 * followed a request other than GET and HEAD, which may have been carried out; the adapter `fetch` does not tell, and has none of
 * these sent again. axios itself drops the token where a redirect leads to another host. A request with an Authorization header, or
 * `auth`, of its own is sent as it is. Returns what removes it from the instance again.
 *
 * ```js
 * const api = axios.create({ baseURL: tokens.instanceUrl });
 * attachToAxios(api, session);
 * ```
 */
export function attachToAxios(instance: AxiosLike, session: TokenSource): () => void {
  const { request, response } = instance.interceptors;
  const send = async (config: Config): Promise<Config> => {
    if (config[AGAIN] !== undefined || hasItsOwn(config)) return config;
    const token = await tokenFor(config, () => session.accessToken());
    if (token === undefined) return config;
    setToken(config, token);
    watchRedirects(config, token);
    return config;
  };
  const receive = async (given: Response | undefined, handThrough: () => unknown): Promise<unknown> => {
    const token = given?.status === 401 && given.config[AGAIN] === undefined ? tokenGiven(given.config) : undefined;
    if (given === undefined || token === undefined || isFromElsewhere(given, instance.getUri(given.config))) return handThrough();
    if (!isBodyRepeatable(given.config.data) || (mayBeRedirected(given) && !isRead(given.config.method))) {
      markRejected(session, token);
      return handThrough();
    }
    const next = await tokenFor(given.config, () => session.rejected(reveal(token)));
    if (next !== undefined) setToken(given.config, next);
    return instance.request({ ...given.config, [AGAIN]: true });
  };
  const ids = [
    request.use(send),
    response.use(
      (given: Response) => receive(given, () => given),
      (error) =>
        receive((error as { response?: Response }).response, () => {
          throw error;
        }),
    ),
  ] as const;
  return () => {
    request.eject(ids[0]);
    response.eject(ids[1]);
  };
}

/** A token, hidden. Nothing where the request was aborted meanwhile: axios itself rejects it then, and sends nothing. */
async function tokenFor({ signal }: Config, ask: () => Promise<string>): Promise<string | undefined> {
  const aborted = isAbortSignal(signal) ? signal : undefined;
  try {
    return hide(await tokenWithin(aborted, ask));
  } catch (error) {
    if (aborted?.aborted) return undefined;
    throw error;
  }
}

function setToken(config: Config, token: string): void {
  config.headers.set('Authorization', BEARER + reveal(token));
}

// By what axios calls at a redirect: a function is the same one in each copy of the configuration.
interface Watched {
  readonly own: unknown;
  readonly token: string;
  isRedirected: boolean;
}
const watched = new WeakMap<object, Watched>();

function watchRedirects(config: Config, token: string): void {
  const before = config.beforeRedirect;
  // The configuration of an earlier request, sent by the app a second time.
  const own = typeof before === 'function' && watched.has(before) ? watched.get(before)?.own : before;
  const state: Watched = { own, token, isRedirected: false };
  const watch = (...given: unknown[]): void => {
    state.isRedirected = true;
    if (typeof own === 'function') (own as (...given: unknown[]) => void)(...given);
  };
  watched.set(watch, state);
  config.beforeRedirect = watch;
}

function mayBeRedirected({ request, config: { beforeRedirect } }: Response): boolean {
  // The adapter `fetch` follows redirects, and does not tell.
  if (typeof Request === 'function' && request instanceof Request) return true;
  return typeof beforeRedirect !== 'function' || (watched.get(beforeRedirect)?.isRedirected ?? true);
}

/** Whether a redirect led to another origin, to which axios sends no token. */
function isFromElsewhere({ request }: Response, asked: string): boolean {
  const { res, responseURL } = Object(request) as { res?: { responseUrl?: unknown }; responseURL?: unknown };
  const last = res?.responseUrl ?? responseURL;
  return typeof last === 'string' && URL.canParse(last) && URL.canParse(asked) && new URL(last).origin !== new URL(asked).origin;
}

/** Of the app or of the instance's defaults; not what an earlier request was given, whose configuration the app sends again. */
function hasItsOwn(config: Config): boolean {
  if (config.auth !== undefined && config.auth !== null) return true;
  const header = config.headers.get('Authorization');
  return header !== undefined && header !== null && header !== false && tokenGiven(config) === undefined;
}

/** The token that the request was given here, and still has; hidden. */
function tokenGiven({ headers, beforeRedirect }: Config): string | undefined {
  const token = typeof beforeRedirect === 'function' ? watched.get(beforeRedirect)?.token : undefined;
  return token !== undefined && headers.get('Authorization') === BEARER + reveal(token) ? token : undefined;
}
