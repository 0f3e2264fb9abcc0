import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { printable } from '@grpc-discovery/registry';
import { Option } from 'commander';
import { UsageError } from './errors.js';
import type { Environment } from './environment.js';

/** A value of a command line, and where it stands: `--etcd`, or `ETCD_HOSTS`. */
export interface Given {
  readonly value: string;
  readonly source: string;
}

/** An option with a value that must not be empty; `read` parses it. */
export function valueOption(
  flags: string,
  description: string,
  read: (given: Given) => unknown = ({ value }) => value,
): Option {
  const source = flags.split(/[ ,|]+/).find((flag) => flag.startsWith('--')) ?? flags;
  return new Option(flags, description).argParser((value: string) =>
    read(notEmpty({ value, source })),
  );
}

/** As {@link valueOption}, for an argument: `<service>`. */
export function valueArgument(source: string, read: (given: Given) => unknown = valueOf) {
  return (value: string): unknown => read(notEmpty({ value, source }));
}

/** The value of an option, or of its environment variable; an empty variable counts as unset. */
export function givenBy(
  option: string | undefined,
  flag: string,
  env: Environment,
  variable: string,
): Given | undefined {
  if (option !== undefined) return { value: option, source: flag };
  const value = env[variable];
  if (value === undefined || value === '') return undefined;
  return notEmpty({ value, source: variable });
}

/**
 * The content of the named file.
 * @throws UsageError when it can't be read or holds no PEM
 */
export function readPem({ value: path, source }: Given): Buffer {
  const expected = (reality: string, cause?: unknown) =>
    new UsageError(
      `${source} must name a PEM file, but ${printable(path)} ${reality}.`,
      cause === undefined ? undefined : { cause },
    );
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    throw expected(fileTrouble(cause), cause);
  }
  if (!content.includes('-----BEGIN ')) throw expected('holds none');
  return content;
}

/** Why a file can't be read, as the rest of a sentence that starts with its name. */
export function fileTrouble(error: unknown): string {
  switch ((error as { code?: unknown }).code) {
    case 'ENOENT':
      return 'does not exist';
    case 'EISDIR':
      return 'is a folder';
    case 'EACCES':
      return "may not be read by this process's user";
    default:
      return `can't be read (${(error as Error).message})`;
  }
}

/** The name or IP address that a certificate must have. */
export function assertServerName({ value, source }: Given): void {
  if (isIP(value) > 0 || /^[\w-]+(\.[\w-]+)*\.?$/.test(value)) return;
  throw new UsageError(
    `${source} must be a host name or an IP address, without a port, but is ${JSON.stringify(value)}.`,
  );
}

/** A whole number in digits, from `least` to `most`. 1e3, 0x10 and an empty text are refused. */
export function readNumber({ value, source }: Given, least: number, most: number): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `${source} must be a whole number from ${least} to ${most}, but is ${JSON.stringify(value)}.`,
  );
}

function valueOf({ value }: Given): string {
  return value;
}

/** @throws UsageError */
export function notEmpty(given: Given): Given {
  if (given.value.trim() !== '') return given;
  throw new UsageError(`${given.source} must not be empty.`);
}
