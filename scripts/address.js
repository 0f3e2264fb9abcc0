// The one place for the address of the project. `node scripts/address.js` writes it into every package, and
// npm's pages then turn the links of their READMEs into whole ones.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './run.js';

/** The https address of the repository, without a slash at its end; undefined while there is none. */
const ADDRESS = undefined;

/** The fields that tell people where a package comes from, and where to report what is wrong with it. */
export function fieldsOf(folder, address = ADDRESS) {
  if (address === undefined) return {};
  return {
    homepage: `${address}#readme`,
    bugs: `${address}/issues`,
    repository: { type: 'git', url: `git+${address}.git`, directory: folder },
  };
}

/** @returns 0 when the packages have these fields, else 1. */
export function checkAddress() {
  const wrong = packages().filter((folder) => written(folder) !== read(folder));
  for (const folder of wrong) {
    console.error(
      `${folder}/package.json: run "node scripts/address.js", or change the address there.`,
    );
  }
  return wrong.length === 0 ? 0 : 1;
}

function packages() {
  return readdirSync(join(root, 'libs')).map((name) => `libs/${name}`);
}

function read(folder) {
  return readFileSync(join(root, folder, 'package.json'), 'utf8');
}

const FIELDS = ['homepage', 'bugs', 'repository'];

/** The manifest with the fields, after its licence. */
function written(folder) {
  const others = Object.entries(JSON.parse(read(folder))).filter(
    ([name]) => !FIELDS.includes(name),
  );
  const entries = others.flatMap(([name, value]) =>
    name === 'license' ? [[name, value], ...Object.entries(fieldsOf(folder))] : [[name, value]],
  );
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of packages())
    writeFileSync(join(root, folder, 'package.json'), written(folder));
}
