// A hybrid app, such as one of Electron: a person signs in in a browser, and a web view then shows the org's pages with the
// cookies of the result.
//
//     node examples/node/hybrid.mjs      in a clone, after `npm install` in bindings/node
//     node hybrid.mjs                    a copy of this file, in a folder where `npm install headlessid` was run
//
// starts a simulated org by itself: the package carries the headlessid command (HEADLESSID_CLI names another). The web view
// is played by a map; how each platform sets the cookies: docs/hybrid-apps.md.
import { readFileSync } from 'node:fs';
import { get } from 'node:https';

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client } = await packageOr('headlessid', '../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../bindings/node/dist/esm/testing.mjs');

const scope = 'web lightning visualforce content refresh_token api';
const org = await SimulatedOrg.start();

// The browser of a person who is signed in; resolves to the address at which it arrives.
const signInWithABrowser = (page) =>
  new Promise((resolve, reject) => {
    const request = get(page, { ca: readFileSync(org.caFile) }, (response) => {
      response.resume();
      resolve(response.headers.location);
    });
    request.on('error', reject);
  });

// All of them, after the sign-in and after each refresh. With Electron it is:
//   await session.cookies.set({ url: `https://${each.domain}${each.path}`, name: each.name, value: each.value, path: each.path,
//     secure: each.secure, sameSite: 'no_restriction', ...(each.domain_attribute ? { domain: each.domain } : {}) });
function setCookies(webView, tokens) {
  webView.clear();
  for (const each of tokens.cookies) webView.set(`${each.domain} ${each.name}`, each.value);
}

try {
  const { clientId } = org.publicApp;
  // Only opaque access tokens open the org's pages everywhere, so the app issues no JWTs.
  await org.change({
    apps: [
      {
        client_id: clientId,
        scopes: scope.split(' '),
        is_named_user_jwt_enabled: false,
        is_secret_required_for_refresh_token: false,
      },
    ],
    settings: { signed_in_user: org.users[0].username },
  });
  const client = new Client({ ...org.clientSettings(), site: org.origin, scope });
  const webView = new Map();

  const challenge = await client.hybridWebServer();
  let tokens = await challenge.verify(await signInWithABrowser(challenge.url));
  setCookies(webView, tokens);
  for (const cookie of webView.keys()) console.log(`set        ${cookie}`);

  // The sessions end with the access token. A refresh brings new ones.
  const before = new Map(webView);
  tokens = await client.hybridRefresh({ refreshToken: tokens.refreshToken });
  setCookies(webView, tokens);
  const changed = [...webView].filter(([cookie, value]) => before.get(cookie) !== value);
  console.log(`refreshed  ${changed.length} of ${before.size} cookies are new`);
  await client.close();
} finally {
  await org.stop();
}
