// A job without a person: client_credentials gets a token for the app, the job works with it, and revokes it.
//
//     node examples/nightly-job/nightly-job.mjs      in a clone, after `npm install` in bindings/node
//     node nightly-job.mjs                           a copy of this file, in a folder where `npm install headlessid` was run
//
// starts a simulated org by itself: the package carries the headlessid command (HEADLESSID_CLI names another).

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client } = await packageOr('headlessid', '../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../bindings/node/dist/esm/testing.mjs');

async function work(client) {
  // No refresh token comes back: a job that outlives its token runs the flow again.
  const token = await client.clientCredentials();
  try {
    // Your calls of Salesforce's APIs go to token.instanceUrl, with token.accessToken. Here: whose token is it?
    const about = await client.introspect({ token: token.accessToken });
    console.log(`runs as ${about.username}, with ${about.scope.join(' ')}`);
  } finally {
    await client.revoke({ token: token.accessToken });
  }
  console.log('done, and the token is revoked');
}

const org = await SimulatedOrg.start();
// Your own org: Client.fromEnv(), with HEADLESSID_SITE=https://acme.my.salesforce.com (My Domain),
// HEADLESSID_CLIENT_ID and HEADLESSID_CLIENT_SECRET.
const client = new Client({ ...org.clientSettings(org.integrationApp), site: org.origin });
try {
  await work(client);
} finally {
  await client.close();
  await org.stop();
}
