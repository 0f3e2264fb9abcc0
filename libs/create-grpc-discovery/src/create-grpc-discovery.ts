#!/usr/bin/env node
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { createStarter } from '@grpc-discovery/schematics';
import { folderFiles } from './folder-files.js';

const [target, ...others] = process.argv.slice(2);
if (target === undefined || target.startsWith('-') || others.length > 0) {
  fail('Usage: npm create grpc-discovery <folder>');
}
try {
  create(resolve(target));
} catch (error) {
  fail((error as Error).message);
}

function create(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0)
    fail(`${folder} is not empty: name a folder that is, or a new one.`);
  createStarter(folderFiles(folder), basename(folder));
  process.stdout.write(
    `Created ${folder}. Next:\n\n  cd ${target}\n  npm install\n  npm test\n  npm run dev\n\n`,
  );
}

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
