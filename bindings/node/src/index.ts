/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Salesforce Headless Identity flows: a guest visit, a login, the UVID carried from one to the other.
 *
 * `Client` runs flows by itself, and gives a `Challenge` where one waits for a person; `Flow` with `runFlow` runs them over an HTTP stack of yours; both on one native
 * engine. Nothing here blocks the event loop, and nothing prints a secret.
 */
export { App } from './app';
export { Challenge } from './challenge';
export { Client, type ClientOptions } from './client';
export { HeadlessIdError, type Advice, type ErrorFields, type ErrorKind } from './errors';
export { fetchTransport, type FetchTransportOptions } from './fetch';
export { Flow, HttpRequest, type Step } from './flow';
export * from './generated';

export { catalogue, version } from './native';
export type { EnvOptions } from './profile';
export { Result } from './result';
export { NoResponseError, runFlow } from './run';
export type {
  AskHandler,
  CallOptions,
  FlowOptions,
  GuestLike,
  HttpResponse,
  JsonObject,
  NoResponseReason,
  RunOptions,
  ShowHandler,
  SignalOptions,
  Signer,
  SignHandler,
  StartOptions,
  TokensLike,
  Transport,
  TransportContext,
} from './types';
export { Visitor } from './visitor';
