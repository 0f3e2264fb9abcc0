// Prints the closing line of CI: specs as jest counted them, and one for each other step. Each argument is `<step>=<exit code>`.
import { specResult } from './spec-result.js';

let passed = 0;
let failed = 0;
for (const argument of process.argv.slice(2)) {
  const [step, code] = argument.split('=');
  const isFailed = code !== '0';
  const counts = specResult(step) ?? { passed: isFailed ? 0 : 1, failed: 0 };
  passed += counts.passed;
  // A step that failed without a failed spec, such as one that found no specs, has failed all the same.
  failed += isFailed ? Math.max(1, counts.failed) : counts.failed;
  if (isFailed) console.log(`${step} failed`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
