import { quoted } from '../code/literals.js';
import { contractHeader } from './contract-header.js';
import type { Contract } from './contract.js';
import { enumType, messageTypes } from './message-types.js';

/**
 * The TypeScript of a contract: its messages under the loader options that stand there, and what a Nest server or client needs
 * to know. It holds the whole contract, so that no .proto has to be found at run time.
 */
export function contractFile(contract: Contract, constant: string): string {
  const { package: packageName, messages, enums, names, json } = contract;
  const types = [
    ...enums.map((type) => enumType(type, names)),
    ...messages.map((type) => messageTypes(type, names)),
  ];
  return `${contractHeader(contract)}
/* eslint-disable */
import { fromJSON } from '@grpc/proto-loader';

// A message has two types: "Order" as it arrives, whole, and "OrderInit" as it is sent, where what is left out has its default.
// An enum's value arrives as its name; one that is unknown here, from a newer peer, as its number.

${types.join('\n')}
const loader = {
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
};

const definitions: object = ${JSON.stringify(json, undefined, 2)};

/** Spread it into the options of a server or a client. */
export const ${constant} = {
  package: ${quoted(packageName)},
  packageDefinition: fromJSON(definitions as Parameters<typeof fromJSON>[0], loader),
};
`;
}
