// Clients of a simulated org, and what a person does there apart from the app: mistype, and walk through a browser.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as https from 'node:https';

import { Client } from 'headlessid';

import { httpsTransport } from './server.mjs';

export const newSealKey = (id = 'k1') => `${id}:${randomBytes(32).toString('base64url')}`;

// The two ways in which a client reaches an org; what is given in `options` counts for both.
export const drivers = {
  'own transport': (org, settings, options = {}) => new Client({ ...org.clientSettings(), ...settings }, options),
  'a transport of the host': (org, settings, options = {}) => {
    const { caFile, ...rest } = { ...org.clientSettings(), ...settings };
    return new Client(rest, { ...options, transport: httpsTransport(new https.Agent({ ca: readFileSync(caFile) })) });
  },
};

function get(url, org) {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { agent: false, ca: readFileSync(org.caFile) }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.headers));
    });
    request.on('error', reject);
  });
}

export const wrong = (otp) => String((Number(otp) + 1) % 10 ** otp.length).padStart(otp.length, '0');

// The browser's way from the address that a flow shows back to the app's callback.
export async function browse(org, url, username) {
  const { location } = await get(url, org);
  const back = await get(`${location}&user=${encodeURIComponent(username)}`, org);
  return back.location;
}

// A page at the org as a browser gets it: where it leads, and what it shows.
export function visit(org, url) {
  return new Promise((resolve, reject) => {
    https
      .get(url, { agent: false, ca: readFileSync(org.caFile) }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => (text += part));
        response.on('end', () => resolve({ location: response.headers.location, text }));
      })
      .on('error', reject);
  });
}
