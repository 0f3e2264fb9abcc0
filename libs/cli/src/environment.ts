export type Environment = Readonly<Record<string, string | undefined>>;

/** An option, or else the variable of that name; one that is set to nothing is not set. */
export function optionOr(
  option: string | undefined,
  env: Environment,
  name: string,
): string | undefined {
  return option ?? (env[name] === '' ? undefined : env[name]);
}
