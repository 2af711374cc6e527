// What a TypeScript program with ES modules writes. Compiled by the tests, and then run.
import assert from 'node:assert/strict';

import {
  App,
  Challenge,
  Client,
  fetchTransport,
  Flow,
  HeadlessIdError,
  NoResponseError,
  org,
  PasswordReset,
  runFlow,
  TokenSet,
  Visitor,
  type Guest,
  type HeadlessIdEvent,
  type NoResponseReason,
  type Session,
  type Sessions,
  type SessionStore,
  SessionToken,
  type Settings,
  type Signer,
  type Step,
  type Transport,
} from 'headlessid';
import { attachToAxios, jsforceOptions, undiciInterceptor } from 'headlessid/adapters';
import { MemoryStore, RedisStore, SqliteStore } from 'headlessid/stores';
import { checkStore, SimulatedOrg } from 'headlessid/testing';
import axios from 'axios';
import type BetterSqlite3 from 'better-sqlite3';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { Agent } from 'undici';

const settings: Settings = {
  site: 'https://acme.my.site.com/shop',
  clientId: 'abc',
  redirectUri: 'https://app.example.com/callback',
  credentialsPlacement: 'header',
};

export function describe(step: Step<TokenSet>): string {
  switch (step.step) {
    case 'SEND':
      return step.request.url;
    case 'ASK':
      return step.name + String(step.secret) + (step.problem?.message ?? '');
    case 'SHOW':
      return step.url + (step.code ?? '') + (step.problem?.message ?? '');
    case 'SIGN':
      return step.algorithm + step.input.byteLength;
    case 'WAIT':
      return step.untilMs.toFixed();
    case 'DONE':
      return step.result.accessToken ?? '';
    case 'FAILED':
      return step.error.code;
    default: {
      const none: never = step;
      return none;
    }
  }
}

// A flow that waits for a person is a challenge with the flow's result.
export async function person(client: Client, guest: Guest): Promise<TokenSet> {
  const visitor: Visitor = Visitor.fromJson(guest.visitor.toJson());
  const challenge: Challenge<TokenSet> = await client.register(
    { userdata: { lastName: 'Neu' }, verificationMethod: 'sms', guest: visitor },
    { timeout: 5000 },
  );
  const ticket: string = challenge.seal('session');
  const resumed: Challenge<TokenSet> = client.resume(ticket, 'session', 'registration');
  await resumed.resend({ recaptchaEvent: { token: 'x' }, userdata: { lastName: 'Neu' } });
  const asks: string | undefined = resumed.asks;
  const problem: HeadlessIdError | undefined = resumed.problem;
  const reset: Challenge<PasswordReset> = await client.resetPassword({ username: 'lena' });
  const done: PasswordReset = await reset.verify('493027', { newPassword: new Uint8Array([1]) }, { signal: AbortSignal.timeout(5000) });
  using login: Challenge<TokenSet> = await client.startLogin({ username: 'lena' });
  const result: TokenSet | undefined = login.result;
  const any: Challenge = client.resume(ticket);
  if (any.flow === 'native_sso') return await resumed.verify(any.url);
  return await resumed.verify(String(asks) + String(problem?.isOtpInvalid) + String(done) + String(result?.scope.includes('api')));
}
// A transport of the app's own says what went wrong, in the library's words only.
const noHost: NoResponseReason = 'no_host';
export const offline: Transport = () => Promise.reject(new NoResponseError('no', 'no such host', { reason: noHost }));
// @ts-expect-error: no word of the library
export const misspelt = new NoResponseError('no', 'no such host', { reason: 'nohost' });
export const signing = (signer: Signer): Client =>
  new Client({ ...settings, signedBy: 'host', sealKeys: new Map([['k1', new Uint8Array(32)]]) }, { signer });

// A name says which flow's ticket it must be, and so which result it has; without one it may be any flow's.
export async function typed(client: Client, ticket: string): Promise<'carried' | 'lost' | 'absent'> {
  const reset: PasswordReset = await client.resume(ticket, 'session', 'password_reset').verify('1', { newPassword: 'x' });
  const opened: Flow<TokenSet> = client.app.unseal(ticket, 'session', { flow: 'login' });
  const me: TokenSet = await client.resume(ticket, undefined, 'passwordless_login', { timeout: 5000 }).verify('1');
  const kept: TokenSet = TokenSet.fromJson(me.toJson());
  const format: 'opaque' | 'jwt' | undefined = kept.tokenFormat;
  await client.logout(kept);
  await client.logout({ tokens: { accessToken: String(reset) + String(opened), refreshToken: undefined } });
  await client.logout({ refreshToken: format });
  return me.uvidCarry;
}
export const configured = (): Client[] => [
  Client.fromEnv(),
  Client.fromEnv({ scope: ['openid'] }, { prefix: 'SHOP_', env: process.env, maxInFlight: 5 }),
  Client.fromProfile('shop.json', { sealKeys: 'k1:x' }, { transport: fetchTransport() }),
  Client.fromProfile(new URL('file:///etc/shop.json')),
];

// Wrong programs.
// @ts-expect-error an option that does not exist
export const option = (client: Client): unknown => client.guest({}, { timeOut: 5 });
// @ts-expect-error a word that the result never holds
export const carry = (me: TokenSet): boolean => me.uvidCarry === 'kept';
// @ts-expect-error the result of any flow's ticket is not a TokenSet
export const untyped = async (client: Client): Promise<TokenSet> => client.resume('t', 's').verify('1');
// @ts-expect-error no such flow to resume
export const resumed = (client: Client): unknown => client.resume('t', 's', 'logon');
// @ts-expect-error a promise is not a session
export const early = (client: Client): unknown => client.logout({ tokens: client.refresh({ refreshToken: 'x' }) });
// @ts-expect-error the value that is asked for is not a parameter of a login that asks
export const asked = (client: Client): unknown => client.startLogin({ username: 'lena', password: 'x' });
// @ts-expect-error a value that no flow asks for
export const value = (challenge: Challenge): unknown => challenge.verify('1', { pin: '2' });
// @ts-expect-error a number is not a one-time password: leading zeros would be lost
export const digits = (challenge: Challenge): unknown => challenge.verify(493027);
// @ts-expect-error a challenge has the result of its flow
export const other = async (client: Client): Promise<TokenSet> => (await client.resetPassword({ username: 'lena' })).verify('1');
export const handled = (client: Client): unknown =>
  // @ts-expect-error a challenge is answered, not run with handlers
  client.register({ userdata: {}, verificationMethod: 'email' }, { onAsk: () => '1' });
// @ts-expect-error a message goes by email or sms
export const method = (client: Client): unknown => client.passwordlessLogin({ username: 'lena', verificationMethod: 'post' });
// @ts-expect-error a setting that is missing
export const missing = (): App => new App({ site: 'https://acme.my.site.com/shop' });
// @ts-expect-error a setting that does not exist
export const unknown = (): App => new App({ ...settings, clientID: 'abc' });
// @ts-expect-error a choice that does not exist
export const choice = (): App => new App({ ...settings, credentialsPlacement: 'query' });
// @ts-expect-error a login without a password
export const login = (client: Client): Promise<TokenSet> => client.login({ username: 'lena' });
export const change = (guest: Guest): void => {
  // @ts-expect-error results are read-only
  guest.uvid = 'x';
};
// @ts-expect-error no such flow
export const flow = (app: App): Flow => app.flow('logon', {});

// Sessions in stores, with the clients that people have.
export const stores = (): SessionStore[] => [
  new MemoryStore(),
  new SqliteStore('shop.db', { busyTimeout: 100 }),
  new SqliteStore(new URL('file:///var/shop.db')),
  new RedisStore(new Redis(), { prefix: 'shop:' }),
  new RedisStore(new Cluster([])),
  new RedisStore(createClient()),
  new RedisStore(createCluster({ rootNodes: [] })),
];
export const overBetter = (database: BetterSqlite3.Database): SessionStore => new SqliteStore(database);
export const own: SessionStore = {
  load: async () => null,
  save: async (key, expected, version, value, ttlMs) => key.length + version.length + value.length + ttlMs > 0 && expected === undefined,
  delete: () => false,
  lock: () => true,
  unlock: (_key: Uint8Array, owner: string) => owner !== '',
};
export async function keeping(client: Client, tokens: TokenSet, guest: Guest): Promise<string> {
  await using sessions: Sessions = client.sessions(own, { keys: new Map([['k1', new Uint8Array(32)]]), background: false, maxSessions: 5 });
  const session: Session = await sessions.begin('user-42', tokens, { signal: AbortSignal.timeout(1000) });
  await sessions.begin(new Uint8Array([0, 255]), guest);
  await sessions.begin('a', tokens.toJson());
  await sessions.guest('b', { scope: ['api'], minTtl: 60_000 });
  const token: SessionToken = await session.token({ minTtl: 60_000 });
  const ends: number | undefined = token.expiresAtMs;
  const failed: string | undefined = token.refreshFailure;
  const response: Response = await session.fetch('https://acme.my.salesforce.com', { method: 'POST', body: 'x' });
  const now: string | undefined = session.accessTokenNow();
  const next: string = await session.rejected(await session.accessToken());
  const revoked: boolean = await session.end();
  new Agent().compose(undiciInterceptor(session, { origins: ['https://acme.my.salesforce.com'] }));
  const detach: () => void = attachToAxios(axios.create(), session);
  detach();
  // jsforce's own types do not compile under exactOptionalPropertyTypes.
  const { instanceUrl, refreshFn } = await jsforceOptions(session);
  refreshFn({ accessToken: next }, (error: Error | null, accessToken?: string) => console.log(error, accessToken));
  await checkStore(() => own, { ttlMs: 500, racers: 2, module: 'store.mjs' });
  return [ends, failed, response.status, now, next, revoked, instanceUrl].join();
}
export const watched = new Client(settings, {
  transport: fetchTransport(),
  onEvent: (event: HeadlessIdEvent) => {
    if (event.event === 'request') console.log(event.method, event.host, event.status, event.attempt);
    else if (event.event === 'store') console.log(event.operation, event.outcome === 'fault');
    else console.log(event.flow, event.ms, event.refreshedBy === 'another');
  },
});
// @ts-expect-error: a store is more than one method
export const half = (client: Client): Sessions => client.sessions({ load: () => null });
// @ts-expect-error: nothing there is null
export const forgetful: SessionStore = { ...own, load: async () => undefined };
// @ts-expect-error: a token is not text
export const textual = (session: Session): Promise<string> => session.token();
// @ts-expect-error: times are numbers
export const times = (session: Session): Promise<string> => session.accessToken({ minTtl: '60' });

const transport: Transport = async (request) => ({ status: 400, headers: [], body: new Uint8Array(request.body?.byteLength ?? 0) });
const app = new App(settings);
const made: Flow<TokenSet> = app.flow('login', { username: 'lena', password: new Uint8Array([1]), scope: ['openid'] }, { timeout: 1000n });
try {
  const tokens: TokenSet = await runFlow(made, transport, { signal: AbortSignal.timeout(5000) });
  assert.fail(String(tokens));
} catch (error) {
  assert.ok(error instanceof HeadlessIdError);
  const advice: 'NONE' | 'FIX_ARGUMENT' | 'ASK_AGAIN' | 'RESTART' | 'SIGN_IN_AGAIN' | 'RETRY_LATER' | 'FIX_ORG' = error.advice;
  assert.equal(typeof advice, 'string');
}

let kept: Client;
{
  await using org = await SimulatedOrg.start();
  await using client = new Client(org.clientSettings());
  kept = client;
  const guest: Guest = await client.guest();
  const [user] = org.users;
  assert.ok(user);
  const me: TokenSet = await client.login({ ...user, guest }, { timeout: 10_000 });
  const carry: string | undefined = me.uvidCarry;
  assert.equal(carry, 'carried');
  const ends: number | undefined = me.expiresAtMs;
  assert.ok(ends === undefined || ends > 0);
  using one = client.app.flow('guest', {});
  const step = one.next();
  assert.equal(step.step, 'SEND');
}
await assert.rejects(kept.guest(), (error: unknown) => error instanceof HeadlessIdError && error.code === 'closed');
export const third = new Client(settings, { transport: fetchTransport({ fetch }) });
export async function isDeployable(): Promise<string | undefined> {
  const { files } = await org.generate({ name: 'AcmeShop', flows: ['login'], contactEmail: 'ops@acme.example' });
  const report: org.LintReport = await org.lint(files, { flows: ['login'], client: 'private' });
  const finding: org.Finding | undefined = report.findings.find(({ severity }) => severity === 'error');
  return finding?.message ?? report.apps[0]?.flows.find(({ verdict }) => verdict === 'does_not')?.flow;
}
// @ts-expect-error: not a flow
export const misnamed = (): Promise<org.LintReport> => org.lint('force-app', { flows: ['logn'] });
console.log('consumer.mts passed');
