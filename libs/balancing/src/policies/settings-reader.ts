import { DURATION_FORM, parseDurationMs } from './duration.js';
import { InvalidPolicyError, show } from './invalid-policy-error.js';
import type { PolicyConfig, PolicyFactory } from './policy.js';

interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly remedy: string;
}

/** Creates a policy from the first of these configs whose name is known. */
type ParsePolicy = (configs: readonly PolicyConfig[]) => PolicyFactory;

/** Reads the settings of a policy. Each method throws {@link InvalidPolicyError} for a value that breaks its rule. */
export class SettingsReader {
  private readonly settings: Readonly<Record<string, unknown>>;
  private readonly known = new Set<string>();

  constructor(
    readonly policy: string,
    settings: unknown,
    private readonly parseChild: ParsePolicy,
  ) {
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
      throw this.invalid('its settings', 'an object', settings, 'Give {} for the defaults.');
    }
    this.settings = settings as Readonly<Record<string, unknown>>;
  }

  /** @returns undefined if the setting is missing. `null` counts as missing, as in proto3's JSON. */
  value(option: string): unknown {
    this.known.add(option);
    return this.settings[option] ?? undefined;
  }

  /** All settings, for a caller that validates them itself. @param known Names that count as known. */
  rest(known: readonly string[]): Readonly<Record<string, unknown>> {
    for (const option of [...known, ...Object.keys(this.settings)]) this.known.add(option);
    return this.settings;
  }

  number(option: string, rule: NumberRule): number | undefined {
    const value = this.value(option);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= rule.min && value <= rule.max) return value;
    throw this.invalid(option, `a number from ${rule.min} to ${rule.max}`, value, rule.remedy);
  }

  integer(option: string, rule: NumberRule): number | undefined {
    const value = this.value(option);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && Number(value) >= rule.min && Number(value) <= rule.max) {
      return Number(value);
    }
    throw this.invalid(option, `an integer from ${rule.min} to ${rule.max}`, value, rule.remedy);
  }

  /** A duration in the JSON form of protobuf, in milliseconds. */
  durationMs(option: string): number | undefined {
    const value = this.value(option);
    if (value === undefined) return undefined;
    const ms = parseDurationMs(value);
    if (ms !== undefined) return ms;
    throw this.invalid(option, DURATION_FORM, value, 'Write seconds, as in "10s".');
  }

  string(option: string, remedy: string): string | undefined {
    const value = this.value(option);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    throw this.invalid(option, 'a string that is not empty', value, remedy);
  }

  boolean(option: string, remedy: string): boolean | undefined {
    const value = this.value(option);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.invalid(option, 'true or false', value, remedy);
  }

  oneOf<const T extends string>(option: string, values: readonly T[]): T | undefined {
    const value = this.value(option);
    if (value === undefined || values.includes(value as T)) return value as T | undefined;
    const expected = values.map((it) => `"${it}"`).join(' or ');
    throw this.invalid(option, expected, value, 'Check its spelling.');
  }

  /** An object of strings. */
  strings(option: string, remedy: string): Readonly<Record<string, string>> | undefined {
    const value = this.value(option);
    if (value === undefined) return undefined;
    const isRecord = typeof value === 'object' && !Array.isArray(value);
    if (isRecord && Object.values(value!).every((it) => typeof it === 'string')) {
      return value as Readonly<Record<string, string>>;
    }
    throw this.invalid(option, 'an object of strings', value, remedy);
  }

  /** The child policy: as in gRPC, the first of `childPolicy` that is known. */
  child(): PolicyFactory {
    // grpc-js's own configs use snake case.
    const list = this.value('childPolicy') ?? this.value('child_policy');
    if (Array.isArray(list) && list.length > 0) return this.parseChild(list as PolicyConfig[]);
    const remedy = 'Wrap a policy, such as roundRobin().';
    throw this.invalid('childPolicy', 'an array of at least one policy', list, remedy);
  }

  /** @throws InvalidPolicyError if there is a setting that has not been read. */
  refuseUnknown(): void {
    const unknown = Object.keys(this.settings).find((option) => !this.known.has(option));
    if (unknown === undefined) return;
    const expected = `one of ${[...this.known].join(', ') || 'none'}`;
    throw this.invalid('each option', expected, unknown, 'Check its spelling.');
  }

  invalid(option: string, expected: string, value: unknown, remedy: string): InvalidPolicyError {
    return new InvalidPolicyError(this.policy, option, expected, show(value), remedy);
  }
}
