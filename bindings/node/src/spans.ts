// OpenTelemetry: spans and metrics where the program has registered a provider; this package does not depend on it.
import type { HeadlessIdEvent } from './event';

// The little of @opentelemetry/api that is used here.
interface Span {
  end(timeMs: number): void;
  setStatus(status: { code: number }): unknown;
}
type Attributes = Record<string, string | number>;
interface Tracer {
  startSpan(name: string, options: { kind: number; startTime: number; attributes: Attributes }, context: unknown): Span;
}
interface Histogram {
  record(value: number, attributes: Attributes, context: unknown): void;
}
interface Api {
  readonly context: { active(): unknown };
  readonly trace: { getTracer(name: string): Tracer; setSpan(context: unknown, span: Span): unknown };
  readonly metrics: {
    getMeter(name: string): {
      createHistogram(
        name: string,
        options: { unit: string; description: string; advice: { explicitBucketBoundaries: number[] } },
      ): Histogram;
    };
  };
}

const NAME = 'headlessid';
const INTERNAL = 0;
const CLIENT = 2;
const ERROR = 2;
// As the conventions have it for HTTP clients.
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

// Where the API, whichever copy of it, keeps what the program has registered.
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

let api: Api | undefined;

function load(): Api | undefined {
  if (api === undefined) {
    try {
      api = require('@opentelemetry/api') as Api;
    } catch {
      return undefined;
    }
  }
  return api;
}

export class Spans {
  readonly #sends: boolean;
  #histograms: { readonly flow: Histogram; readonly request: Histogram } | undefined;

  constructor(sends: boolean) {
    this.#sends = sends;
  }

  /** Whether the program has registered a provider. */
  get isOn(): boolean {
    return REGISTERED in globalThis;
  }

  /** Records one flow. Its spans are made at its end, below the span that is active now. */
  begin(): ((event: HeadlessIdEvent) => void) | undefined {
    const found = this.isOn ? load() : undefined;
    if (found === undefined) return undefined;
    const parent = found.context.active();
    const children: HeadlessIdEvent[] = [];
    return (event) => {
      if (event.event !== 'flow') {
        children.push(event);
        return;
      }
      const flow = span(found, event, parent);
      const below = found.trace.setSpan(parent, flow);
      for (const child of children) {
        if (child.event === 'request' && !this.#sends) continue;
        span(found, child, below).end(endOf(child));
        if (child.event === 'request') this.#measured(found).request.record(child.ms / 1000, attributesOf(child), below);
      }
      this.#measured(found).flow.record(event.ms / 1000, attributesOf(event), below);
      flow.end(endOf(event));
    };
  }

  #measured(found: Api): { readonly flow: Histogram; readonly request: Histogram } {
    const histogram = (name: string, description: string): Histogram =>
      found.metrics.getMeter(NAME).createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: SECONDS } });
    this.#histograms ??= {
      flow: histogram('headlessid.flow.duration', 'Duration of flows.'),
      request: histogram('http.client.request.duration', 'Duration of HTTP client requests.'),
    };
    return this.#histograms;
  }
}

function span(found: Api, event: HeadlessIdEvent, parent: unknown): Span {
  const attributes = attributesOf(event);
  const made = found.trace
    .getTracer(NAME)
    .startSpan(nameOf(event), { kind: event.event === 'request' ? CLIENT : INTERNAL, startTime: event.startedAtMs, attributes }, parent);
  if (attributes['error.type'] !== undefined) made.setStatus({ code: ERROR });
  return made;
}

function nameOf(event: HeadlessIdEvent): string {
  if (event.event === 'request') return event.method;
  return event.event === 'store' ? `headlessid.store ${event.operation}` : `headlessid ${event.flow}`;
}

const endOf = (event: HeadlessIdEvent): number => event.startedAtMs + event.ms;

function attributesOf(event: HeadlessIdEvent): Attributes {
  switch (event.event) {
    case 'request':
      return {
        'http.request.method': event.method,
        ...addressOf(event.host),
        ...(event.status === undefined ? {} : { 'http.response.status_code': event.status }),
        ...(event.attempt > 1 ? { 'http.request.resend_count': event.attempt - 1 } : {}),
        ...errorOf(
          event.status !== undefined && event.status >= 400 ? String(event.status) : event.status === undefined ? event.reason : '',
        ),
      };
    case 'store':
      return {
        'headlessid.store.operation': event.operation,
        'headlessid.store.outcome': event.outcome,
        ...errorOf(event.outcome === 'fault' ? 'fault' : ''),
      };
    case 'flow':
      return {
        'headlessid.flow': event.flow,
        ...(event.refreshedBy === undefined ? {} : { 'headlessid.refreshed_by': event.refreshedBy }),
        ...errorOf(event.outcome === 'failed' ? (event.reason ?? 'failed') : ''),
      };
  }
}

/** A host with its port, if that is not the scheme's own. */
function addressOf(host: string): Attributes {
  const [, address = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return port === undefined ? { 'server.address': address } : { 'server.address': address, 'server.port': Number(port) };
}

const errorOf = (type: string): Attributes => (type === '' ? {} : { 'error.type': type });
