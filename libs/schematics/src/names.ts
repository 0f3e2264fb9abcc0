import { InvalidNameError } from './errors.js';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** A service's name in the forms that the code uses. */
export interface Names {
  /** `order-items`: of the service, its files and its application. */
  readonly kebab: string;
  /** `OrderItems`: of classes. */
  readonly pascal: string;
  /** `orderItems`: of constants. */
  readonly camel: string;
  /** `order_items`: of the protobuf package. */
  readonly snake: string;
}

/** @throws InvalidNameError */
export function namesOf(name: string, subject?: string): Names {
  if (!NAME.test(name)) throw new InvalidNameError(name, subject);
  const words = name.split('-');
  const pascal = words.map(capitalised).join('');
  return { kebab: name, pascal, camel: camelOf(name), snake: words.join('_') };
}

/** `orderItems` for `order-items`. */
export function camelOf(kebab: string): string {
  return uncapitalised(kebab.split('-').map(capitalised).join(''));
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export function uncapitalised(word: string): string {
  return word.charAt(0).toLowerCase() + word.slice(1);
}
