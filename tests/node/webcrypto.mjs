// Node 18, which Debian 12 has, keeps the Web Cryptography API in a module; libraries expect it to be global.

import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
