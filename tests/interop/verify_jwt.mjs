// jose as the verifier: reads {"jwt", "jwks", "audience"} and prints the claims, or fails.
import { readFileSync } from 'node:fs';

import { createLocalJWKSet, jwtVerify } from 'jose';

const { jwt, jwks, audience } = JSON.parse(readFileSync(0, 'utf8'));
const required = { algorithms: ['RS256'], audience, requiredClaims: ['iss', 'sub', 'exp'] };
const { payload } = await jwtVerify(jwt, createLocalJWKSet(jwks), required);
console.log(JSON.stringify(payload));
