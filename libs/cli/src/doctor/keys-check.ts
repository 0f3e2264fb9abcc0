import type { StoreSurvey } from '@grpc-discovery/registry';
import { counted } from '@grpc-discovery/registry/options';
import { hint, ok, type Finding } from './finding.js';

const SPACES = new Set(['instances', 'config', 'overrides', 'epoch']);

/** Looks for keys in the store that were probably meant for this namespace. */
export function checkKeys({ keys, more }: StoreSurvey, namespace: string): Finding[] {
  const others = new Map<string, number>();
  const foreign = new Map<string, number>();
  const findings: Finding[] = [];
  let own = 0;
  for (const { key, leased } of keys) {
    const [empty, first = '', space = '', service, id] = key.split('/');
    const isOurs = empty === '' && SPACES.has(space);
    if (!isOurs) add(foreign, prefixOf(key));
    else if (first !== namespace) add(others, first);
    else own++;
    if (isOurs && first === namespace && space === 'instances' && id !== undefined && !leased) {
      findings.push(
        hint(
          'lease',
          `${service}/${id} has no lease: if its process dies, it stays until ${key} is deleted`,
        ),
      );
    }
  }
  if (more)
    findings.push(
      hint(
        'keys',
        `only the first ${counted(keys.length, 'key')} of the store ${keys.length === 1 ? 'was' : 'were'} checked`,
      ),
    );
  findings.push(ok('keys', `${counted(own, 'key')} in the namespace ${namespace}`));
  for (const [name, count] of others) {
    findings.push(
      hint(
        'keys',
        `${counted(count, 'key')} in another namespace, ${name}: see ${count === 1 ? 'it' : 'them'} with --namespace ${name}`,
      ),
    );
  }
  for (const [prefix, count] of foreign) {
    findings.push(hint('keys', `${counted(count, 'key')} of another layout, below ${prefix}`));
  }
  return findings;
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function prefixOf(key: string): string {
  const end = key.indexOf('/', 1);
  return JSON.stringify(end < 0 ? key : key.slice(0, end + 1));
}
