// jose as the backend that a device comes to: verifies the actor token with the key that it brings, and the asset token with the
// org's certificate, and prints the claims and the thumbprint of the device's key in each.
import { readFileSync } from 'node:fs';

import { calculateJwkThumbprint, decodeJwt, importJWK, importX509, jwtVerify } from 'jose';

const { actor, asset, certificate, audience } = JSON.parse(readFileSync(0, 'utf8'));
const algorithms = ['RS256'];
const said = await jwtVerify(actor, await importJWK(decodeJwt(actor).cnf.jwk, 'RS256'), { algorithms });
const issued = await jwtVerify(asset, await importX509(certificate, 'RS256'), {
  algorithms,
  audience,
  requiredClaims: ['iss', 'exp', 'cnf'],
});
console.log(
  JSON.stringify({
    actor: { header: said.protectedHeader, claims: said.payload },
    asset: issued.payload,
    thumbprints: await Promise.all([said, issued].map((token) => calculateJwkThumbprint(token.payload.cnf.jwk))),
  }),
);
