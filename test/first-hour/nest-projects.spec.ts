import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { root } from '../markdown-samples.js';
import { applications, install } from './first-call.js';
import { UserProject } from './user-project.js';
import { describeWithNpm } from '../user-shell.js';

const testing = readFileSync(join(root, 'docs/testing.md'), 'utf8');

/** What the page adds to the jest of a CommonJS application. */
const [, jestRecipe = '{}'] = /^```json\n(.*?)^```$/ms.exec(testing) ?? [];

/** A spec of the service and a client of it, in the project's own runner. */
const spec = (
  extension: string,
) => `import { discoverable, DiscoveryModule } from '@grpc-discovery/nestjs';
import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { Test } from '@nestjs/testing';
import { AppModule } from './greeter/app.module${extension}';
import { greeterContract } from './contracts/greeter.contract${extension}';
import { GreeterClient } from './gateway/greeter.client${extension}';

it('is called by its name', async () => {
  const fleet = await createTestFleet({});
  const imports = [AppModule, DiscoveryModule.forFeature([GreeterClient])];
  const builder = Test.createTestingModule({ imports });
  const module = await DiscoveryTestingModule.override(builder, fleet).compile();
  const app = module.createNestMicroservice(discoverable({ ...greeterContract, url: '127.0.0.1:0' }));
  await app.listen();
  const options = { waitForReady: true, timeoutMs: 30_000 };
  const reply = await module.get(GreeterClient).sayHello({ name: 'you' }, options);
  expect(reply.message).toBe('Hello you');
  await app.close();
  await fleet.close();
}, 60_000);
`;

describeWithNpm('A fresh project of the Nest CLI', () => {
  let project: UserProject;
  beforeEach(async () => {
    project = new UserProject();
    await project.pack();
  });
  afterEach(() => project.end());

  const create = async (version: 11 | 12) => {
    await project.sh(
      `npx --yes @nestjs/cli@${version} new project --directory . --skip-git --skip-install --package-manager npm`,
    );
    await project.install(install.replace('microservices', `microservices@^${version}`));
    const samples = Object.entries(applications).filter(([name]) => name !== 'gateway/main.ts');
    project.write(
      Object.fromEntries(
        samples.map(([name, code]) => [name.endsWith('.proto') ? name : `src/${name}`, code]),
      ),
    );
  };

  it('of Nest 12, in ES modules, compiles and passes its specs by Vitest', async () => {
    await create(12);
    project.write({ 'src/greeter.spec.ts': spec('.js') });
    expect(await project.sh('npx tsc --noEmit -p tsconfig.json')).toBe('');
    expect(await project.sh('npx vitest run')).toMatch(/Tests\s+2 passed/);
  });

  it('of Nest 11, in CommonJS, compiles and passes its specs by jest, on this Node', async () => {
    await create(11);
    project.write({ 'src/greeter.spec.ts': spec('') });
    expect(await project.sh('npx tsc --noEmit -p tsconfig.json')).toBe('');
    const recipe = (JSON.parse(jestRecipe) as { jest: object }).jest;
    project.edit('package.json', ({ jest, ...manifest }: { jest: object }) => ({
      ...manifest,
      jest: { ...jest, ...recipe },
    }));
    expect(await project.sh('npx jest')).toMatch(/Tests:\s+2 passed/);
  });
});
