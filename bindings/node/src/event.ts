// What a client tells of its flows.
import type { Advice, ErrorKind } from './errors';

interface EventTimes {
  /** The flow's name in the catalogue; of a session's flows `session_token` and so on. */
  readonly flow: string;
  /** In milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly ms: number;
}

/** One HTTP exchange. */
export interface RequestEvent extends EventTimes {
  readonly event: 'request';
  /** What it was for: `authorize`, `token`, `refresh`, ... */
  readonly request: string;
  readonly method: string;
  readonly host: string;
  /** Absent: no response came. */
  readonly status?: number | undefined;
  /** 1: the first; more: it was sent again. */
  readonly attempt: number;
  /** The reason of the error, or empty. */
  readonly reason: string;
}

/** One operation of a session's store. */
export interface StoreEvent extends EventTimes {
  readonly event: 'store';
  readonly operation: 'load' | 'save' | 'delete' | 'lock' | 'unlock';
  readonly outcome: 'done' | 'not_done' | 'found' | 'not_found' | 'fault';
}

/** The end of a flow. */
export interface FlowEvent extends EventTimes {
  readonly event: 'flow';
  readonly outcome: 'done' | 'failed';
  readonly kind?: ErrorKind | undefined;
  readonly advice?: Advice | undefined;
  readonly reason?: string | undefined;
  /** Of a session's flows: who had the token refreshed. Absent: no refresh was due. */
  readonly refreshedBy?: 'this' | 'another' | undefined;
}

/** Never holds a secret, a store's key or a value. A field that is newer than this package is there as well. */
export type HeadlessIdEvent = RequestEvent | StoreEvent | FlowEvent;

export type EventListener = (event: HeadlessIdEvent) => void;
