// npm run generate: the types of all contracts. They are checked in, and `npm run verify` compares them with the contracts.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { root, runBin } from './run.js';

const embeddedEtcd = 'libs/embedded-etcd';
export const generatedFolders = ['proto/src/gen', `${embeddedEtcd}/src/gen`, 'libs/xds/src/gen'];

/** @param into Folder that receives the generated folders. */
export async function generate(into = root) {
  const env = { PATH: `${root}node_modules/.bin:${process.env.PATH}` };
  for (const template of ['buf.gen.yaml', 'buf.gen.xds.yaml']) {
    const code = await runBin('buf', ['generate', '--template', template, '-o', into], { env });
    if (code !== 0) return code;
  }
  // The same options as those that the definitions are loaded with. The files name the contract by the path given here.
  const options = [
    ...['--keepCase', '--longs=String', '--enums=String', '--defaults', '--oneofs'],
    ...['--grpcLib=@grpc/grpc-js', '--importFileExtension=.js', '--includeDirs=proto'],
    `--outDir=${join(into, embeddedEtcd, 'src/gen')}`,
  ];
  const cwd = join(root, embeddedEtcd);
  return runBin('proto-loader-gen-types', [...options, 'rpc.proto'], { cwd });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await generate();
