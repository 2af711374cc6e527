// What happens in flows, for logs, metrics and spans. Without a listener nothing is recorded.
import { diagnostics } from './builtins';
import { causeInShort } from './errors';
import type { EventListener, HeadlessIdEvent } from './event';
import type { NativeFlow } from './native';
import { Spans } from './spans';

const channel = diagnostics.channel('headlessid:event');

/** Watches the flows of one client. */
export class Events {
  readonly #listener: EventListener | undefined;
  readonly #spans: Spans;
  // A flow that is parked is watched again when it goes on.
  readonly #watched = new WeakMap<NativeFlow, Watch>();

  /** `sends`: the client's own HTTP, which nothing else measures. */
  constructor(listener: EventListener | undefined, sends: boolean) {
    if (listener !== undefined && typeof listener !== 'function') throw new TypeError('onEvent must be a function');
    this.#listener = listener;
    this.#spans = new Spans(sends);
  }

  /** Before a flow's first step, and whenever it goes on. Undefined without a listener. */
  watch(handle: NativeFlow): Watch | undefined {
    const known = this.#watched.get(handle);
    if (known !== undefined) return known;
    if (this.#listener === undefined && !channel.hasSubscribers && !this.#spans.isOn) return undefined;
    // Refused where the flow has begun: it has no events then.
    if (handle.setEvents(true) !== undefined) return undefined;
    const watch = new Watch(handle, this.#listener, this.#spans);
    this.#watched.set(handle, watch);
    return watch;
  }
}

export class Watch {
  readonly #handle: NativeFlow;
  readonly #listener: EventListener | undefined;
  readonly #record: ((event: HeadlessIdEvent) => void) | undefined;
  #told = 0;

  constructor(handle: NativeFlow, listener: EventListener | undefined, spans: Spans) {
    this.#handle = handle;
    this.#listener = listener;
    this.#record = spans.begin();
  }

  /** Tells what is new. Nothing that a listener throws reaches the flow. */
  tell(): void {
    const lines = this.#handle.events()?.split('\n') ?? [];
    const whole = lines.length - 1;
    for (; this.#told < whole; this.#told += 1) {
      const event = read(lines[this.#told] as string);
      if (event === undefined) continue;
      if (channel.hasSubscribers) channel.publish(event);
      attempt(() => this.#listener?.(event));
      attempt(() => this.#record?.(event));
    }
  }
}

let hasWarned = false;

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!hasWarned) process.emitWarning(`a listener of events threw ${causeInShort(error)}`, 'HeadlessIdWarning');
    hasWarned = true;
  }
}

/** An event with names as this package spells them. */
function read(line: string): HeadlessIdEvent | undefined {
  if (line === '') return undefined;
  const event: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(JSON.parse(line) as Record<string, unknown>)) {
    event[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  return Object.freeze(event) as unknown as HeadlessIdEvent;
}
