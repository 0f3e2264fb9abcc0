import { quoted } from '../code/literals.js';
import { contractHeader } from './contract-header.js';
import type { Contract } from './contract.js';
import { enumType, messageTypes } from './message-types.js';

/**
 * The TypeScript of a contract: its message types, and what a Nest server or client needs. It contains the whole contract, so
 * that no .proto file is needed at run time.
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

// A message has two types: "Order" is a received message with all fields; "OrderInit" is a message to send, where omitted
// fields have their defaults. An enum value arrives as its name, or as its number if a newer peer sends a value that is
// unknown here.

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
