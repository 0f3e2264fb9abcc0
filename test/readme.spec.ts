import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { countTsBlocks, diagnostics, root, tsBlocks } from './markdown-samples.js';

describe('README.md', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = tsBlocks(readme);

  it('has the samples of a service and a client on its first screen', () => {
    expect(Object.keys(blocks).slice(0, 5)).toEqual([
      'contracts/greeter.contract.ts',
      'greeter/app.module.ts',
      'greeter/main.ts',
      'gateway/greeter.client.ts',
      'gateway/gateway.module.ts',
    ]);
  });

  it('names the file of every sample, so that every sample is compiled', () => {
    expect(countTsBlocks(readme)).toBe(Object.keys(blocks).length);
  });

  it('shows a spec of the gateway that runs as it stands', () => {
    const spec = readFileSync(join(root, 'apps/gateway/src/greeter.client.spec.ts'), 'utf8');
    expect(blocks['gateway/greeter.client.spec.ts']).toBe(spec);
  });

  it('would tell of a sample that does not compile', () => {
    const broken = { 'broken.ts': "import { nothing } from '@grpc-discovery/nestjs';\nnothing();" };
    expect(diagnostics(broken)).toEqual([expect.stringContaining("no exported member 'nothing'")]);
  });
});
