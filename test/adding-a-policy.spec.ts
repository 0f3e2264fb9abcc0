import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import type {
  BalancedEndpoint,
  PolicyConfig,
  PolicyFactory,
} from '../libs/balancing/src/policies/policy.js';
import { diagnostics, root, tsBlocks } from './markdown-samples.js';
import { foldersOf, walkThrough, withAdditions } from './walk-through.js';

const POLICIES = 'libs/balancing/src/policies/policies.ts';
const section = walkThrough('Add a policy');
const [[path = '', code = ''] = []] = Object.entries(tsBlocks(section));

describe('The walk-through of a policy, followed', () => {
  const policies = withAdditions(section, readFileSync(join(root, POLICIES), 'utf8'));
  let folder: string;

  beforeAll(() => {
    const cache = join(root, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'policy-'));
    cpSync(join(root, 'libs/balancing/dist'), join(folder, 'dist'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const files = { 'newest.js': code, 'policies.js': policies };
    for (const [name, source] of Object.entries(files)) {
      const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const { outputText } = ts.transpileModule(source, { compilerOptions });
      writeFileSync(join(folder, 'dist/policies', name), outputText);
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('touches at most three folders', () => {
    expect(foldersOf(section).length).toBeLessThanOrEqual(3);
  });

  it('has a policy that compiles where it belongs', () => {
    expect(path).toBe('libs/balancing/src/policies/newest.ts');
    const files = { [`../../${path}`]: code, [`../../${POLICIES}`]: policies };
    expect(diagnostics(files)).toEqual([]);
    expect(code.split('\n').length).toBeLessThanOrEqual(120);
  });

  it('has a policy that a service config finds, and that does what it says', async () => {
    const load = (name: string) =>
      import(pathToFileURL(join(folder, 'dist/policies', name)).href) as Promise<unknown>;
    const { newest } = (await load('newest.js')) as { newest: () => PolicyConfig };
    const { parsePolicy } = (await load('policies.js')) as {
      parsePolicy: (configs: readonly PolicyConfig[]) => PolicyFactory;
    };
    expect(newest()).toEqual({ newest: {} });
    const zero = () => 0;
    const context = { random: zero, clock: { now: zero }, tick: zero, calls: zero };
    const policy = parsePolicy([newest()])(context);
    const endpoints = ['2026-01-01', '2026-01-03', '2026-01-02'].map(
      (startedAt) => ({ instance: { startedAt } }) as BalancedEndpoint,
    );
    const picker = policy.createPicker(endpoints);
    const call = {} as Parameters<typeof picker.pick>[0];
    expect(picker.pick(call)).toBe(endpoints[1]);
    expect(picker.pick(call, endpoints[1])).toBe(endpoints[2]);
  });
});
