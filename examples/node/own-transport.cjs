// The library over your own HTTP stack: here Node's fetch, with a line for each request. CommonJS.
//
//     node examples/node/own-transport.cjs      in a clone, after `npm install` in bindings/node
//     node own-transport.cjs                    a copy of this file, in a folder where `npm install headlessid` was run
'use strict';

const packageOr = (name, path) => {
  try {
    return require(name);
  } catch {
    return require(path);
  }
};
const { App, fetchTransport, runFlow } = packageOr('headlessid', '../../bindings/node');
const { SimulatedOrg } = packageOr('headlessid/testing', '../../bindings/node/dist/testing.js');

const fetching = fetchTransport();

// A transport sends one request unchanged, and returns the response unchanged.
async function transport(request, context) {
  const response = await fetching(request, context);
  console.log(`${request.name}: ${request.method} ${new URL(request.url).pathname} -> ${response.status}`);
  return response;
}

async function main() {
  // Node's fetch trusts another CA only through an option of its dispatcher, so this org speaks plain HTTP.
  const org = await SimulatedOrg.start({ tls: false });
  try {
    const app = new App(org.clientSettings());
    const [{ username, password }] = org.users;
    // A flow is a state machine without I/O; runFlow is the loop around it.
    const flow = app.flow('login', { username, password });
    const me = await runFlow(flow, transport, { signal: AbortSignal.timeout(10_000) });
    flow.close();
    console.log(`logged in, the token is ${me.tokenFormat}`);
  } finally {
    await org.stop();
  }
}

main();
