// A client that a test drives: commands come as lines of JSON on standard input, and each is answered by a line on
// standard output. What the test registered for it is the program's argument.

import './webcrypto.mjs';
import { createInterface } from 'node:readline';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** Where the server is, and what the client is there. */
export const registration = JSON.parse(process.argv[2]);

/** Ends the program with the test, however that ends: nobody is left to hold the other side of standard input. */
export function serveUntilTheEnd() {
  process.stdin.on('end', () => process.exit()).resume();
}

/** Answers commands until there are none. `codeOf` says what the library calls an error. */
export async function drive(commands, codeOf) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...given } = JSON.parse(line);
    let answer;
    try {
      answer = { ok: (await commands[command](given)) ?? null };
    } catch (error) {
      console.error(error);
      answer = { error: String(codeOf(error)), message: String(error.message) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit();
}

/** What an API does with an access token (RFC 9068 §4). The token's claims. */
export async function verifiedByApi(token, audience = registration.resource) {
  const keys = createRemoteJWKSet(new URL(`${registration.issuer}/jwks`));
  const { payload } = await jwtVerify(token, keys, { issuer: registration.issuer, audience, typ: 'at+jwt' });
  return payload;
}
