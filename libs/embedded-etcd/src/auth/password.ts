import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** Cheap on purpose: these passwords guard test data, and each login would block the process. */
const cost = { N: 1024 };
const hashBytes = 32;

/** Salt and hash, in hexadecimal. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${scryptSync(password, salt, hashBytes, cost).toString('hex')}`;
}

export function passwordMatches(password: string, hashed: string): boolean {
  const [salt = '', hash = ''] = hashed.split(':');
  const actual = scryptSync(password, Buffer.from(salt, 'hex'), hashBytes, cost);
  return timingSafeEqual(actual, Buffer.from(hash, 'hex'));
}
