import { check } from './errors';
import { Flow } from './flow';
import type { FlowName, FlowParameters, FlowResults } from './generated/flows';
import { SETTINGS, type Settings } from './generated/settings';
import { hide, reveal } from './hidden';
import { native, type NativeApp } from './native';
import type { FlowOptions, UnsealOptions } from './options';
import { settingsFromEnv, settingsFromProfile, type EnvOptions } from './profile';
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
    const { values, refusal } = toNative(SETTINGS, settings, 'is not a setting of an app');
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

  /**
   * A new flow from a ticket that `seal` made, in any process and language whose app has the same site, client id
   * and seal keys; `next` then asks again what the sealed flow asked. Throws `isTicketRefused` for everything that is
   * wrong with a ticket, its age included, and STATE, reason `other_session`, if only the binding differs.
   */
  unseal<N extends FlowName = FlowName>(
    ticket: string | Uint8Array,
    binding?: string | Uint8Array,
    options: UnsealOptions<N> = {},
  ): Flow<FlowResults[N]> {
    [ticket, binding] = [hide(ticket), hide(binding)];
    return Flow.unseal(this.#native, ticket, binding, options);
  }

  /** @internal */
  get native(): NativeApp {
    return this.#native;
  }
}
