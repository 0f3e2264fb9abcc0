import { createRequire } from 'node:module';

/**
 * Name and version of a package, for titles of specs that hold only as long as it does not change.
 * @param from the spec's own `import.meta.url`: by it the package is found.
 */
export function versionOf(packageName: string, from: string): string {
  const { version } = createRequire(from)(`${packageName}/package.json`) as { version: string };
  return `${packageName} ${version}`;
}
