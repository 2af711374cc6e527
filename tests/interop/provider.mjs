// An OpenID provider written by others, oidc-provider, with its endpoints where Salesforce has them, over TLS.
//
//     node provider.mjs <options.json
//
// The first line of standard input is JSON: certificate and key (PEM files), clients and initialAccessToken. The first line of output is
// {"port": N}; the server ends when standard input does. Where the provider differs from Salesforce is settled here:
//   - a person who arrives at its login page is signed in as the account "lena" at once, and has approved the app;
//   - Salesforce revokes a token for anyone who has it, RFC 7009 for a client that proves itself: one of the server's own does;
//   - a token response gets the instance_url that only Salesforce sends;
//   - an identity URL, /id/ORG/USER, is the userinfo endpoint, and its response gets the ids.
// GET /seen returns what arrived: [{method, path, authorization, fields}].
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

const ACCOUNT = { sub: 'lena', name: 'Lena Ortiz', email: 'lena@example.com', email_verified: true };
const REVOKER = {
  client_id: 'revoker',
  client_secret: 'only for tests',
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'client_secret_post',
};
const PATHS = {
  authorization: '/services/oauth2/authorize',
  token: '/services/oauth2/token',
  revocation: '/services/oauth2/revoke',
  introspection: '/services/oauth2/introspect',
  userinfo: '/services/oauth2/userinfo',
  registration: '/services/oauth2/register',
  jwks: '/id/keys',
  end_session: '/services/auth/idp/oidc/logout',
};

const lines = createInterface({ input: process.stdin });
const options = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
process.stdin.on('end', () => process.exit(0)).resume();

function configuration() {
  return {
    clients: [...options.clients, REVOKER],
    routes: PATHS,
    jwks: { keys: [options.signing_key] },
    cookies: { keys: ['only for tests'] },
    scopes: ['openid', 'profile', 'email', 'offline_access', 'refresh_token', 'api'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: (_context, client, token) => client.clientId === token.clientId },
      revocation: { enabled: true, allowedPolicy: (_context, client) => client.clientId === REVOKER.client_id },
      clientCredentials: { enabled: true },
      registration: { enabled: true, initialAccessToken: options.initial_access_token },
      rpInitiatedLogout: { enabled: true },
      userinfo: { enabled: true },
    },
    findAccount: (_context, id) => (id === ACCOUNT.sub ? { accountId: id, claims: () => ACCOUNT } : undefined),
    // Salesforce issues one where the app has the scope refresh_token; this provider knows offline_access only.
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    pkce: { required: () => true },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: approve,
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      Grant: 3600,
      IdToken: 120,
      Interaction: 600,
      Session: 3600,
      RefreshToken: 3600,
    },
    renderError: (context, out) => Object.assign(context, { type: 'json', body: out }),
  };
}

async function approve({ oidc }) {
  const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid profile email offline_access refresh_token api');
  await grant.save();
  return grant;
}

async function signIn(request, response) {
  await provider.interactionDetails(request, response);
  await provider.interactionFinished(request, response, { login: { accountId: ACCOUNT.sub } });
}

async function readAll(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

// Members that only Salesforce sends; the length of the body changes with them.
function complete(response, members) {
  const end = response.end.bind(response);
  response.end = (body, ...rest) => {
    if (response.statusCode !== 200) return end(body, ...rest);
    const whole = JSON.stringify({ ...JSON.parse(body), ...members });
    response.setHeader('Content-Length', Buffer.byteLength(whole));
    return end(whole, ...rest);
  };
}

const seen = [];
let provider;
let site;

async function serve(request, response) {
  const { pathname } = new URL(request.url, site);
  if (pathname === '/seen') {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(seen));
    return;
  }
  if (pathname.startsWith('/interaction/')) {
    await signIn(request, response);
    return;
  }
  const body = await readAll(request);
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const fields = isForm ? new URLSearchParams(body) : new URL(request.url, site).searchParams;
  seen.push({
    method: request.method,
    path: pathname,
    authorization: request.headers.authorization?.split(' ')[0] ?? null,
    fields: [...fields],
  });
  if (pathname === PATHS.revocation) for (const name of ['client_id', 'client_secret']) fields.set(name, REVOKER[name]);
  if (pathname === PATHS.token) complete(response, { instance_url: site });
  const [, organization_id, user_id] = pathname.match(/^\/id\/(\w+)\/(\w+)$/) ?? [];
  if (user_id) {
    request.url = PATHS.userinfo;
    complete(response, { id: site + pathname, organization_id, user_id, asserted_user: true });
  }
  // The provider reads what was read already from here.
  request.body = isForm ? fields.toString() : body;
  if (isForm) request.headers['content-length'] = String(Buffer.byteLength(request.body));
  await callback(request, response);
}

const tls = { cert: readFileSync(options.certificate), key: readFileSync(options.key) };
const server = createServer(tls, (request, response) => {
  serve(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
site = `https://localhost:${server.address().port}`;
provider = new Provider(site, configuration());
for (const event of ['server_error', 'grant.error', 'registration_create.error']) {
  provider.on(event, (_context, error) => console.error(event, error.message, error.error_description ?? ''));
}
const callback = provider.callback();
console.log(JSON.stringify({ port: server.address().port }));
