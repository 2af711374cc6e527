/** A store that did not respond in time. */
export class StoreTimeout extends Error {
  override readonly name = 'StoreTimeout';
  readonly code = 'ETIMEDOUT';
}

/** The outcome of `work`, or a StoreTimeout. What comes later is dropped. Work that is done at once costs no timer. */
export function sleepAtMost<T>(ms: number, work: () => T | Promise<T>): T | Promise<T> {
  const given = work();
  if (!isPromise(given)) return given;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreTimeout(`the store did not respond within ${ms} ms`)), ms);
    given.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function isPromise<T>(given: T | Promise<T>): given is Promise<T> {
  return typeof (given as { then?: unknown } | undefined | null)?.then === 'function';
}
