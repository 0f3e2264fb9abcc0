import type { Files, FolderContent } from '../files.js';

/** A workspace in memory. */
export class MemoryFiles implements Files {
  private readonly texts: Map<string, string>;

  constructor(texts: Readonly<Record<string, string>> = {}) {
    this.texts = new Map(Object.entries(texts));
  }

  get all(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.texts);
  }

  get paths(): string[] {
    return [...this.texts.keys()].sort();
  }

  read(path: string): string | undefined {
    return this.texts.get(path);
  }

  write(path: string, text: string): void {
    this.texts.set(path, text);
  }

  list(folder: string): FolderContent {
    const start = folder === '' ? '' : `${folder}/`;
    const names = this.paths
      .filter((path) => path.startsWith(start))
      .map((path) => path.slice(start.length).split('/'));
    const files = names.filter(({ length }) => length === 1).flat();
    const folders = new Set(names.filter(({ length }) => length > 1).map(([name]) => name!));
    return { files, folders: [...folders] };
  }

  json(path: string): unknown {
    return JSON.parse(this.texts.get(path) ?? 'null');
  }
}

const appModule = `import { Module } from '@nestjs/common';

@Module({
  imports: [],
})
export class AppModule {}
`;

/** A single application as `nest new` makes it. */
export function application(packageJson: object = {}): MemoryFiles {
  return new MemoryFiles({
    'package.json': JSON.stringify({
      dependencies: { '@nestjs/common': '^12.0.0' },
      ...packageJson,
    }),
    'nest-cli.json': '{ "sourceRoot": "src" }',
    'tsconfig.json': '{ "compilerOptions": { "module": "nodenext" } }',
    'src/app.module.ts': appModule,
  });
}

/** A monorepo with one application, "gateway". */
export function monorepo(packageJson: object = { type: 'module' }): MemoryFiles {
  return new MemoryFiles({
    'package.json': JSON.stringify({
      dependencies: { '@nestjs/common': '^12.0.0' },
      ...packageJson,
    }),
    'nest-cli.json': JSON.stringify({
      monorepo: true,
      projects: { gateway: { sourceRoot: 'apps/gateway/src' } },
    }),
    'tsconfig.json': `{
  // The solution.
  "compilerOptions": { "module": "nodenext" },
  "files": [],
  "references": [{ "path": "./apps/gateway/tsconfig.app.json" }]
}
`,
    'apps/gateway/src/app.module.ts': appModule,
  });
}
