import { check } from './errors';
import { Flow } from './flow';
import { SETTINGS, type FlowName, type FlowParameters, type FlowResults, type Settings } from './generated';
import { native, type NativeApp } from './native';
import type { FlowOptions } from './types';
import { toNative } from './values';

/**
 * The settings of one app at one site, checked. Made once and shared by every flow; it starts nothing and needs
 * no closing. A client has its own.
 */
export class App {
  /** For people, and for `util.inspect`. */
  readonly site: string;
  readonly clientId: string;
  readonly #native: NativeApp;

  /** Throws ARGUMENT, with the name of the setting in `field`, before anything is sent anywhere. */
  constructor(settings: Settings) {
    this.#native = new (native().App)();
    check(this.#native.open(toNative(SETTINGS, settings).flat()));
    this.site = settings.site;
    this.clientId = settings.clientId;
    Object.freeze(this);
  }

  /** A new flow by its name, for a loop of your own or for `runFlow`. Close it when you have its result. */
  flow<N extends FlowName>(name: N, parameters: FlowParameters[N], options: FlowOptions = {}): Flow<FlowResults[N]> {
    return Flow.open(this.#native, name, parameters, options);
  }

  /** @internal */
  get native(): NativeApp {
    return this.#native;
  }
}
