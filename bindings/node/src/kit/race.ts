// Counts up what a store has under a key, with others that do the same; as a program, in a process of its own.
import type { SessionStore } from '../sessions/store';

/** What a process that races is told. */
export interface Round {
  readonly module: string;
  readonly key: string;
  readonly times: number;
}

/** How often a save of one more was done: `times`, in the end. */
export async function increment(store: SessionStore, key: Uint8Array, times: number, version: () => string): Promise<number> {
  let done = 0;
  while (done < times) {
    const found = await store.load(key);
    if (found === undefined || found === null) throw new Error('load gave nothing, though no process deletes');
    const next = Number(Buffer.from(found.value).toString()) + 1;
    if (await store.save(key, found.version, version(), Buffer.from(String(next)), 60_000)) done += 1;
    // The one that lost lets the others go on.
    else await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
  }
  return done;
}

async function race({ module, key, times }: Round): Promise<void> {
  const imported = (await import(module)) as { default: unknown };
  // A module of CommonJS has its exports there.
  const inner = (imported.default as { default?: unknown } | undefined)?.default ?? imported.default;
  const store = await (inner as () => SessionStore | Promise<SessionStore>)();
  let count = 0;
  const done = await increment(store, Buffer.from(key, 'base64'), times, () => `${process.pid}-${(count += 1)}`);
  process.send?.(done, () => process.exit(0));
}

if (require.main === module && process.send !== undefined) void race(JSON.parse(process.argv[2] as string) as Round);
