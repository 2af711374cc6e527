import { check } from './errors';
import { Flow } from './flow';
import type { FlowName, FlowParameters, FlowResults } from './generated/flows';
import { SETTINGS, type Settings } from './generated/settings';
import { hide, reveal } from './hidden';
import { native, type NativeApp } from './native';
import { checkOptions, OPTIONS, type FlowOptions, type UnsealOptions } from './options';
import { checkProfile, profileOf, settingsFromEnv, settingsFromProfile, shownOf, type EnvOptions } from './profile';
import { toNative } from './values';

/**
 * The checked settings of one app at one site, shared by all its flows. It starts nothing and needs no closing. A
 * client has its own.
 */
export class App {
  /** For people, and for `util.inspect`. */
  readonly site: string;
  readonly clientId: string;
  readonly #native: NativeApp;
  readonly #sessionCacheMs: number;

  /** Throws ARGUMENT, with the name of the setting in `field`, before anything is sent. */
  constructor(settings: Settings) {
    settings = hide(settings);
    this.#native = new (native().App)();
    const profile = profileOf(settings);
    if (reveal(profile) !== undefined) checkProfile(this.#native.setProfile(reveal(profile)));
    const { values, refusal } = toNative(SETTINGS, settings, 'is not a setting of an app');
    check(refusal ?? this.#native.open(reveal(values)));
    const { site, clientId, sessionCacheMs } = shownOf(settings, profile);
    this.site = site;
    this.clientId = clientId;
    this.#sessionCacheMs = sessionCacheMs;
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

  /** A new flow by its name, for a loop of your own or for `runFlow`. Close it once you have its result. */
  flow<N extends FlowName>(name: N, parameters: FlowParameters[N], options: FlowOptions = {}): Flow<FlowResults[N]> {
    parameters = hide(parameters);
    checkOptions(OPTIONS.flow, options);
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
    checkOptions(OPTIONS.unseal, options);
    return Flow.unseal(this.#native, ticket, binding, options);
  }

  /** @internal The setting of this name: how long a look at a session's store counts. */
  get sessionCacheMs(): number {
    return this.#sessionCacheMs;
  }

  /** @internal */
  get native(): NativeApp {
    return this.#native;
  }
}
