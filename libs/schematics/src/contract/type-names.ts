import protobuf from 'protobufjs';
import { capitalised } from '../names.js';
import type { DataType } from './data-type.js';
import { isTaken } from './taken-names.js';

/** Names of a message's two types. */
export interface MessageNames {
  /** The received message, with all fields. */
  readonly whole: string;
  /** The message to send; omitted fields have their defaults. */
  readonly init: string;
}

export interface TypeNames {
  message(type: protobuf.Type): MessageNames;
  enum(type: protobuf.Enum): string;
}

interface Surroundings {
  readonly packageName: string;
  /** Types of the contract's own file. */
  readonly own: ReadonlySet<DataType>;
  /** Further reserved names. */
  readonly taken: readonly string[];
}

/**
 * A TypeScript name for each data type: its own name, or `Outer_Inner` if it is nested. On a conflict, types of the contract
 * take precedence, then those of its package, outer types before nested ones. The others are prefixed with their package
 * (`CommonMoney`) or suffixed with their kind (`RecordMessage`).
 */
export function typeNames(types: readonly DataType[], surroundings: Surroundings): TypeNames {
  const used = new Set(surroundings.taken);
  const ordered = [...types].sort((one, other) => rank(one) - rank(other));
  const wholes = new Map<DataType, string>();
  const inits = new Map<DataType, string>();
  for (const type of ordered) wholes.set(type, claim(candidates(type)));
  for (const type of ordered) {
    if (type instanceof protobuf.Type) inits.set(type, claim(initCandidates(type)));
  }
  return {
    message: (type) => ({ whole: wholes.get(type)!, init: inits.get(type)! }),
    enum: (type) => wholes.get(type)!,
  };

  function rank(type: DataType): number {
    const isForeign = packageOf(type) !== surroundings.packageName;
    const distance = surroundings.own.has(type) ? 0 : isForeign ? 2 : 1;
    return distance * 1000 + outerTypes(type).length;
  }

  function claim(names: Iterable<string>): string {
    for (const name of names) {
      if (used.has(name) || isTaken(name)) continue;
      used.add(name);
      return name;
    }
    throw new RangeError('There should be no end of candidates');
  }

  function* candidates(type: DataType): Generator<string> {
    const name = [...outerTypes(type), type].map((it) => it.name).join('_');
    yield name;
    const ofPackage = packageOf(type).split(/[._]/).map(capitalised).join('') + capitalised(name);
    const ofKind = name + (type instanceof protobuf.Enum ? 'Enum' : 'Message');
    const isForeign = packageOf(type) !== surroundings.packageName;
    yield* isForeign ? [ofPackage, ofKind] : [ofKind, ofPackage];
    yield* numbered(ofKind);
  }

  function* initCandidates(type: protobuf.Type): Generator<string> {
    const name = `${wholes.get(type)!}Init`;
    yield name;
    yield* numbered(name);
  }
}

function* numbered(name: string): Generator<string> {
  for (let number = 2; ; number++) yield `${name}${number}`;
}

function outerTypes({ parent }: protobuf.ReflectionObject): protobuf.Type[] {
  return parent instanceof protobuf.Type ? [...outerTypes(parent), parent] : [];
}

function packageOf(type: DataType): string {
  const [outermost = type] = outerTypes(type);
  return outermost.parent?.fullName.slice(1) ?? '';
}
