import { spawnSync } from 'node:child_process';

/** Whether PATH has a Go. */
export function hasGo(): boolean {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).error === undefined;
}
