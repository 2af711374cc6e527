/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Salesforce's OAuth and Headless Identity flows: a guest visit, a login, the UVID carried from one to the other.
 *
 * `Client` runs flows by itself, and returns a `Challenge` for a flow that waits for a person; `Flow` with `runFlow` runs
 * them over an HTTP stack of yours. Both use one native engine. Nothing here blocks the event loop, and nothing prints a
 * secret.
 */
export { App } from './app';
export { Challenge } from './challenge';
export { Client, type ClientOptions } from './client';
export { HeadlessIdError, type Advice, type ErrorFields, type ErrorKind } from './errors';
export { fetchTransport, type FetchTransportOptions } from './fetch';
export { Flow, type ShowStep, type Step } from './flow';
export type { FlowName, FlowParameters, FlowResults } from './generated/flows';
export { FlowMethods } from './generated/methods';
export type { EventListener, FlowEvent, HeadlessIdEvent, RequestEvent, StoreEvent } from './event';
export type * from './generated/parameters';
export * from './generated/results';
export type { Settings } from './generated/settings';
export {
  HttpRequest,
  NoResponseError,
  type HttpResponse,
  type NoResponseReason,
  type Sent,
  type Transport,
  type TransportContext,
} from './http';
export { catalogue, version } from './native';
export type {
  AskHandler,
  CallOptions,
  FlowOptions,
  RunOptions,
  ShowHandler,
  SignalOptions,
  Signer,
  SignHandler,
  StartOptions,
  UnsealOptions,
} from './options';
export type { EnvOptions } from './profile';
export * as org from './org';
export { Result } from './result';
export { runFlow } from './run';
export type { GuestSessionOptions, Session, SessionCallOptions, SessionKey, Sessions, SessionsOptions } from './sessions/sessions';
export type { SessionStore, StoredSession } from './sessions/store';
export type { GuestLike, JsonObject, TokensLike } from './tables';
export { Visitor } from './visitor';
