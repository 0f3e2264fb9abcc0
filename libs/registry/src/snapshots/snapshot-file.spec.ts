import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokenEntryError } from '../errors/registry-errors.js';
import { anInstance } from '../spec/instances.js';
import { SnapshotFile } from './snapshot-file.js';

const SOURCE = '/discovery/instances/greeter/';
const savedAt = new Date('2026-01-02T03:04:05.678Z');
const snapshot = {
  service: 'greeter',
  instances: [anInstance({ metadata: { a: 'ü' } })],
  revision: '7',
};

const sealed = (body: string) => `${createHash('sha256').update(body).digest('hex')}\n${body}`;
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe('SnapshotFile', () => {
  let directory: string;
  let file: SnapshotFile;

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'snapshots-')), 'made', 'when missing');
    file = new SnapshotFile(directory, 'greeter', SOURCE);
  });
  afterEach(() => rmSync(join(directory, '..', '..'), { recursive: true }));

  it('has nothing to read before it was written', async () => {
    expect(await file.read()).toBeUndefined();
  });

  it('reads what it has written, and only that is in the directory', async () => {
    await file.write({ ...snapshot, instances: [] }, new Date(0));
    await file.write(snapshot, savedAt);
    expect(await file.read()).toEqual({ snapshot, savedAt });
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('can be read by its owner only', async () => {
    await file.write(snapshot, savedAt);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
  });

  it('is complete even if others write it at the same time', async () => {
    const others = Array.from({ length: 8 }, () => new SnapshotFile(directory, 'greeter', SOURCE));
    await Promise.all(others.map((other) => other.write(snapshot, savedAt)));
    expect(await file.read()).toEqual({ snapshot, savedAt });
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('has a name of its own for each namespace and service, however long, and whatever their case', () => {
    const service = 's'.repeat(128);
    const sources = [
      `/a/instances/${service}/`,
      `/b/instances/${service}/`,
      `/a/instances/S/`,
      '/a/instances/s/',
    ];
    const names = sources.map((source) =>
      new SnapshotFile(directory, service, source).path.toLowerCase(),
    );
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name.slice(directory.length + 1).length).toBeLessThan(100);
  });

  describe('of 20,000 instances', () => {
    const instances = Array.from({ length: 20_000 }, (_, i) => anInstance({ id: `greeter-${i}` }));
    const crowd = { ...snapshot, instances };
    /** How much JSON may be encoded or read before others get their turn. */
    const LENGTH_PER_TURN = 256 * 1024;
    let lengths: number[];
    let stop: () => void;

    beforeEach(() => {
      lengths = [0];
      let immediate: NodeJS.Immediate;
      const turn = () => {
        lengths.push(0);
        immediate = setImmediate(turn);
      };
      turn();
      stop = () => clearImmediate(immediate);
      const { stringify, parse } = JSON;
      const count = ({ length }: string) => (lengths[lengths.length - 1]! += length);
      jest.spyOn(JSON, 'stringify').mockImplementation((value) => {
        const text = stringify(value);
        count(text);
        return text;
      });
      jest.spyOn(JSON, 'parse').mockImplementation((text: string) => {
        count(text);
        return parse(text) as unknown;
      });
    });
    afterEach(() => {
      stop();
      jest.restoreAllMocks();
    });

    it('lets others have their turn while it is written, and while it is read', async () => {
      await file.write(crowd, savedAt);
      const written = lengths.splice(0, lengths.length - 1);
      expect(sum(written)).toBeGreaterThan(16 * LENGTH_PER_TURN);
      expect(Math.max(...written)).toBeLessThan(LENGTH_PER_TURN);
      expect(await file.read()).toEqual({ snapshot: crowd, savedAt });
      expect(sum(lengths)).toBeGreaterThan(16 * LENGTH_PER_TURN);
      expect(Math.max(...lengths)).toBeLessThan(LENGTH_PER_TURN);
    });
  });

  it('is one JSON text behind its first line, as other releases read it', async () => {
    await file.write(snapshot, savedAt);
    const [checksum, ...lines] = readFileSync(file.path, 'utf8').split('\n');
    expect(sealed(lines.join('\n'))).toBe(`${checksum}\n${lines.join('\n')}`);
    const whole = { format: 1, source: SOURCE, savedAt: savedAt.toISOString(), ...snapshot };
    expect(JSON.parse(lines.join('\n'))).toEqual(whole);
  });

  it('is read when it is of a release that wrote one line', async () => {
    await file.write({ ...snapshot, instances: [] }, new Date(0));
    const body = JSON.stringify({ format: 1, source: SOURCE, savedAt, ...snapshot });
    writeFileSync(file.path, sealed(body));
    expect(await file.read()).toEqual({ snapshot, savedAt });
  });

  describe('that is not one of its own', () => {
    beforeEach(() => file.write(snapshot, savedAt));

    const changed = (change: object) =>
      sealed(JSON.stringify({ format: 1, source: SOURCE, savedAt, ...snapshot, ...change }));

    /** What the file holds, with lines within the list. */
    const lined = (line: string) =>
      sealed(
        JSON.stringify({
          format: 1,
          source: SOURCE,
          savedAt,
          instances: [],
          revision: '7',
        }).replace('[]', `[\n${line}\n]`),
      );

    it.each([
      ['its checksum is wrong', 'empty', () => ''],
      ['its checksum is wrong', 'cut short', (text: string) => text.slice(0, -1)],
      [
        'its checksum is wrong',
        'changed by a bit',
        (text: string) => text.replace('127.0.0.1', '127.0.0.2'),
      ],
      ['its checksum is wrong', 'something else', () => 's3cret '.repeat(1_000)],
      ['its value is not JSON', 'no JSON', () => sealed('s3cret')],
      ['its format is another', 'of another release', () => changed({ format: 2 })],
      [
        'it is of another source',
        'of another namespace',
        () => changed({ source: '/x/instances/greeter/' }),
      ],
      ['fields are missing', 'without a time', () => changed({ savedAt: 's3cret' })],
      ['fields are missing', 'without instances', () => changed({ instances: undefined })],
      [
        'it holds what is no instance',
        'of other instances',
        () => changed({ instances: ['s3cret'] }),
      ],
      ['it holds what is no instance', 'of lines of other instances', () => lined('"s3cret"')],
      ['its value is not JSON', 'of lines that are no JSON', () => lined('s3cret')],
    ])('is broken, as %s, when it is %s', async (reality, _, change) => {
      writeFileSync(file.path, change(readFileSync(file.path, 'utf8')));
      const read = file.read();
      await expect(read).rejects.toThrow(BrokenEntryError);
      await expect(read).rejects.toThrow(reality);
      await expect(read).rejects.not.toThrow('s3cret');
    });

    it('is broken when it is a directory', async () => {
      rmSync(file.path);
      mkdirSync(file.path);
      await expect(file.read()).rejects.toThrow(BrokenEntryError);
    });
  });
});
