// A signed-in customer over days: two processes of a shop share the session in a file, and refresh its token once.
//
//     node examples/node/sessions.mjs      in a clone, after `npm install` in bindings/node
//     node sessions.mjs                    a copy of this file, in a folder where `npm install headlessid` was run
//
// starts a simulated org by itself: the package carries the headlessid command (HEADLESSID_CLI names another). Where this Node has no
// node:sqlite, and the package better-sqlite3 is not installed, a store in memory takes the file's place.
import { mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client } = await packageOr('headlessid', '../../bindings/node/dist/esm/index.mjs');
const { MemoryStore, SqliteStore } = await packageOr('headlessid/stores', '../../bindings/node/dist/esm/stores.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../bindings/node/dist/esm/testing.mjs');

// From your secrets manager: the first one seals, and all open, so that a new one goes in front of the old.
const keys = `k1:${randomBytes(32).toString('base64url')}`;

function openStore(folder) {
  try {
    return new SqliteStore(join(folder, 'sessions.db'));
  } catch (error) {
    console.log(`in memory       ${error.message}`);
    return new MemoryStore();
  }
}

const org = await SimulatedOrg.start();
const folder = mkdtempSync(join(tmpdir(), 'shop-'));
const store = openStore(folder);

// What each process of the shop has: a client and its sessions.
const shop = (name) => {
  const client = new Client(org.clientSettings(), {
    onEvent: ({ event, flow, refreshedBy }) => {
      if (event === 'flow' && refreshedBy === 'this') console.log(`refreshed       by ${name}, in ${flow}`);
    },
  });
  return { client, sessions: client.sessions(store, { keys }) };
};
const [first, second] = [shop('the first'), shop('the second')];

try {
  // The customer signs in at the first process. The key is yours: a user's id, or that of the browser's session.
  const me = await first.client.login({ ...org.users[0], scope: ['api', 'openid', 'refresh_token'] });
  const session = await first.sessions.begin('user-42', me);
  console.log('begun           under user-42');

  // Any request, in any process: no I/O as long as this process has looked a moment ago.
  const token = await second.sessions.get('user-42').accessToken({ minTtl: 60_000 });
  const who = await second.client.userinfo({ accessToken: token });
  console.log(`the session is  ${who.name} <${who.preferredUsername}>`);

  // An API says 401 to both processes: one of them refreshes, and both have the new token.
  const [mine, theirs] = await Promise.all([session.rejected(token), second.sessions.get('user-42').rejected(token)]);
  console.log(`replaced        ${mine !== token && mine === theirs ? 'by the same token for both' : 'wrongly'}`);

  // The same by itself: a fetch, an undici interceptor, axios or jsforce (headlessid/adapters) with the session's token.
  console.log(`its fetch is    ${typeof session.fetch}`);

  await session.end();
  const error = await second.sessions
    .get('user-42')
    .rejected(mine)
    .catch((caught) => caught);
  console.log(`ended           ${error.isSignInRequired ? 'for everybody' : error}`);
} finally {
  await first.client.close();
  await second.client.close();
  store.close?.();
  rmSync(folder, { recursive: true });
  await org.stop();
}
