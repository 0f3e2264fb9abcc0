// Prints the closing line of CI: specs as jest counted them, and the checks of `npm run verify` that failed.
import { readFileSync } from 'node:fs';
import { root } from './run.js';

const result = JSON.parse(readFileSync(`${root}node_modules/.cache/jest-result.json`, 'utf8'));
const specsFailed = result.numFailedTests + result.numRuntimeErrorTestSuites;
const failed = specsFailed === 0 && process.argv[2] === '1' ? 1 : specsFailed;
console.log(`${result.numPassedTests} passed, ${failed} failed`);
