import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BrokenEntryError } from '../errors/registry-errors.js';
import { FakeClock } from '../spec/fake-clock.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import { entry, WatchedService, PREFIX } from '../spec/watched-service.js';
import { LimitedWarnings } from './limited-warnings.js';

describe('LimitedWarnings', () => {
  let clock: FakeClock;
  let logger: RecordedLogger;
  let warnings: LimitedWarnings;

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordedLogger();
    warnings = new LimitedWarnings(logger, clock, 'entries under /x/ that are broken');
  });
  const warn = (key: string) =>
    warnings.warn(key, new BrokenEntryError('instance', key, 'is not JSON'));

  it('logs ten of ten thousand, and once that there are more', () => {
    for (let i = 0; i < 10_000; i++) warn(`/x/${i}`);
    expect(logger.lines).toHaveLength(11);
    expect(logger.lines.at(-1)).toContain('more entries under /x/ that are broken');
  });

  it('logs one key once a minute, however often it is written', async () => {
    for (let i = 0; i < 2_000; i++) warn('/x/a');
    expect(logger.lines).toHaveLength(1);
    await clock.advance(60_000);
    warn('/x/a');
    expect(logger.lines).toHaveLength(2);
  });

  it('logs on after ten minutes', async () => {
    for (let i = 0; i < 100; i++) warn(`/x/${i}`);
    await clock.advance(10 * 60_000);
    warn('/x/new');
    expect(logger.lines).toHaveLength(12);
  });
});

describe('A watched service full of junk', () => {
  let world: WatchedService;

  beforeEach(async () => {
    world = await WatchedService.start();
    await world.created();
  });
  afterEach(() => world.close());

  const junk = (id: string, revision: bigint) => ({
    kind: 'put' as const,
    ...entry(id, revision),
    key: PREFIX + id,
    value: Buffer.from('\x1b[2Jjunk'),
  });

  it('is worth 11 lines for 10,000 keys and one for 2,000 values of one key', () => {
    world.events(...Array.from({ length: 10_000 }, (_, i) => junk(`j${i}`, BigInt(100 + i))));
    expect(world.logger.lines).toHaveLength(11);
    for (let i = 0; i < 2_000; i++) world.events(junk('j0', BigInt(20_000 + i)));
    expect(world.logger.lines).toHaveLength(11);
    expect(world.watch.statistics().brokenEntries).toBe(10_000);
  });
});
