/**
 * A session's token in other HTTP clients than `session.fetch`: it is sent, and replaced where an API responds with 401. None of them
 * is a dependency of this package.
 */
export { attachToAxios, type AxiosLike } from './adapters/axios';
export { jsforceOptions, keepOnOrigin, type ConnectableSession, type JsforceOptions } from './adapters/jsforce';
export { undiciInterceptor, type UndiciInterceptorOptions } from './adapters/undici';
export type { TokenSource } from './sessions/fetch';
