import { check } from './errors';
import { Flow } from './flow';
import { SETTINGS, type FlowName, type FlowParameters, type FlowResults, type Settings } from './generated';
import { hide, reveal } from './hidden';
import { native, type NativeApp } from './native';
import { settingsFromEnv, settingsFromProfile, type EnvOptions } from './profile';
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
    settings = hide(settings);
    this.#native = new (native().App)();
    const { values, refusal } = toNative(SETTINGS, settings, 'is no setting of an app');
    check(refusal ?? this.#native.open(reveal(values)));
    this.site = reveal(settings).site;
    this.clientId = reveal(settings).clientId;
    Object.freeze(this);
  }

  /** An app with the settings of the environment; see `Client.fromEnv`. */
  static fromEnv(settings: Partial<Settings> = {}, options: EnvOptions = {}): App {
    [settings, options] = [hide(settings), hide(options)];
    return new App(settingsFromEnv(settings, options));
  }

  /** An app with the settings of a profile; see `Client.fromProfile`. */
  static fromProfile(path: string | URL, settings: Partial<Settings> = {}): App {
    settings = hide(settings);
    return new App(settingsFromProfile(path, settings));
  }

  /** A new flow by its name, for a loop of your own or for `runFlow`. Close it when you have its result. */
  flow<N extends FlowName>(name: N, parameters: FlowParameters[N], options: FlowOptions = {}): Flow<FlowResults[N]> {
    parameters = hide(parameters);
    return Flow.open(this.#native, name, parameters, options);
  }

  /** @internal */
  get native(): NativeApp {
    return this.#native;
  }
}
