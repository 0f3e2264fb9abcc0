// Holds the ranges of all packages, and those that scaffolds write, against the table of floors.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minVersion } from 'semver';
import { floors } from './floors.js';
import { root } from './run.js';

const KINDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
/** `'<package>': '<range>'`, as scaffolds write it. */
const WRITTEN = /'([@\w/.-]+)': '([~^>=<]*\d[^']*)'/g;

/** @returns 0 when no range admits a version below its floor, else 1. */
export function checkFloors() {
  const low = [...rangesOfPackages(), ...rangesOfScaffolds()].filter(({ name, range }) => {
    const floor = floors[name];
    return floor && minVersion(range).compare(floor.lowest) < 0;
  });
  for (const { file, name, range } of low) {
    const { lowest, reason } = floors[name];
    console.error(
      `${file}: ${name} "${range}" should admit nothing below ${lowest}, but does (${reason}). Raise the range.`,
    );
  }
  return low.length === 0 ? 0 : 1;
}

function rangesOfPackages() {
  const folders = ['libs', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  );
  return ['.', 'proto', 'test/support', ...folders].flatMap((folder) => {
    const file = join(folder, 'package.json');
    const manifest = readJson(file);
    return KINDS.flatMap((kind) =>
      Object.entries(manifest?.[kind] ?? {}).map(([name, range]) => ({ file, name, range })),
    );
  });
}

function rangesOfScaffolds() {
  const folder = 'libs/schematics/src';
  const files = readdirSync(join(root, folder), { recursive: true }).filter((path) =>
    /(?<!\.spec)\.ts$/.test(path),
  );
  const ranges = files.flatMap((path) => {
    const file = join(folder, path);
    const written = readFileSync(join(root, file), 'utf8').matchAll(WRITTEN);
    return [...written].map(([, name, range]) => ({ file, name, range }));
  });
  if (!ranges.some(({ name }) => name === '@grpc/grpc-js')) {
    throw new Error(`${folder} should name a range of @grpc/grpc-js, but none was found`);
  }
  return ranges;
}

/** Undefined for a folder that is no package. */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}
