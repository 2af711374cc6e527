// A token endpoint that rotates refresh tokens and knows one that comes again: it then ends the family, as a live org does.
import { Client } from 'headlessid';

import { redirectUri } from './server.mjs';

export const keys = 'k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri };

export class RotatingOrg {
  lifetimeS;
  refreshes = 0;
  reused = 0;
  revoked = [];
  // What the next requests get instead: { status, body }, or an error that the transport throws.
  instead = [];
  // Requests wait for it.
  gate = Promise.resolve();
  #families = new Map(); // a refresh token's family
  #spent = new Set();
  #ended = new Set();
  #valid = new Map(); // access token to the time at which it ends
  #count = 0;

  constructor({ lifetimeS = 3600 } = {}) {
    this.lifetimeS = lifetimeS;
  }

  // What a sign-in brings, as the text of a TokenSet.
  signIn() {
    const family = (this.#count += 1);
    return JSON.stringify({ ...this.#issue(family), expires_in: undefined, expires_at_ms: Date.now() + this.lifetimeS * 1000 });
  }

  isValid(accessToken) {
    return (this.#valid.get(accessToken) ?? 0) > Date.now();
  }

  // Ends an access token before its time.
  expire(accessToken) {
    this.#valid.delete(accessToken);
  }

  endFamilies() {
    for (const family of this.#families.values()) this.#ended.add(family);
  }

  respond(path, form) {
    if (path.endsWith('/revoke')) {
      this.revoked.push(form.get('token'));
      this.#valid.delete(form.get('token'));
      const family = this.#families.get(form.get('token'));
      if (family !== undefined) this.#ended.add(family);
      return { status: 200, body: {} };
    }
    const token = form.get('refresh_token');
    const family = this.#families.get(token);
    this.refreshes += 1;
    if (this.#spent.has(token)) {
      this.reused += 1;
      this.#ended.add(family);
    }
    if (family === undefined || this.#ended.has(family)) {
      return { status: 400, body: { error: 'invalid_grant', error_description: 'expired access/refresh token' } };
    }
    this.#spent.add(token);
    return { status: 200, body: this.#issue(family) };
  }

  #issue(family) {
    const number = (this.#count += 1);
    const access_token = `00Dxx0000000001!access.${number}`;
    const refresh_token = `5Aep861.refresh.${number}`;
    this.#families.set(refresh_token, family);
    this.#valid.set(access_token, Date.now() + this.lifetimeS * 1000);
    return {
      access_token,
      refresh_token,
      token_type: 'Bearer',
      instance_url: 'https://acme.my.salesforce.com',
      issued_at: String(Date.now()),
      expires_in: this.lifetimeS,
    };
  }

  transport = async (request) => {
    await this.gate;
    const instead = this.instead.shift();
    if (instead instanceof Error) throw instead;
    const form = new URLSearchParams(Buffer.from(request.body ?? '').toString());
    const { status, body } = instead ?? this.respond(new URL(request.url).pathname, form);
    return { status, headers: [['content-type', 'application/json']], body: JSON.stringify(body) };
  };

  // A handler for a server of node:http; besides tokens it has one resource, /api, which wants a valid access token.
  handler = (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const text = Buffer.concat(chunks).toString();
      await this.gate;
      const send = (status, body) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      if (request.url.includes('/services/oauth2/')) {
        const { status, body } = this.respond(request.url, new URLSearchParams(text));
        return send(status, body);
      }
      const token = request.headers.authorization?.replace('Bearer ', '');
      return this.isValid(token) ? send(200, { text, path: request.url }) : send(401, [{ errorCode: 'INVALID_SESSION_ID' }]);
    });
  };

  client(more = {}, options = {}) {
    return new Client({ ...settings, ...more }, { transport: this.transport, ...options });
  }
}
