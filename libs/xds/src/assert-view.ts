import { printable } from './printable.js';
import {
  isServiceName,
  RETRY_CODES,
  type ServiceView,
  type ViewMethod,
  type ViewOutlierDetection,
  type ViewPolicy,
} from './service-view.js';

const HEADER = /^[a-z0-9_.-]{1,100}$/;
const GRPC_SERVICE = /^[A-Za-z_][\w.]{0,250}$/;

/**
 * Checks what would make clients refuse a resource, or could not be encoded. Endpoints are not checked here: bad ones are left
 * out, so that they do not take the others with them.
 * @throws RangeError
 */
export function assertView({
  name,
  policy,
  outlierDetection,
  methods = [],
  grpcServices = [],
}: ServiceView): void {
  if (!isServiceName(name)) {
    const remedy = 'Use letters, digits, ".", "_" and "-".';
    throw invalid('The name of a service', 'dialable as xds:///<name>', name, remedy);
  }
  if (policy) assertPolicy(name, policy);
  if (outlierDetection) assertOutlierDetection(name, outlierDetection);
  for (const method of methods) assertMethod(name, method);
  for (const service of grpcServices) {
    if (!GRPC_SERVICE.test(service)) {
      const remedy = 'Give the full name, such as helloworld.Greeter.';
      throw invalid(`A gRPC service of "${name}"`, 'the name of a gRPC service', service, remedy);
    }
  }
}

function assertMethod(name: string, { grpcService, method, timeoutMs, retry }: ViewMethod): void {
  const isNamed = grpcService === undefined ? method === undefined : GRPC_SERVICE.test(grpcService);
  if (!isNamed || (method !== undefined && !/^\w{1,250}$/.test(method))) {
    const remedy = 'Give both as in the contract, or the service alone, or neither.';
    const given = `${grpcService}/${method}`;
    throw invalid(`A method of "${name}"`, 'an rpc, a gRPC service or empty', given, remedy);
  }
  if (timeoutMs !== undefined) assertMs(name, 'timeoutMs', timeoutMs);
  if (!retry) return;
  const { attempts, codes, initialBackoffMs = 1, maxBackoffMs = 1 } = retry;
  if (!Number.isInteger(attempts) || attempts < 2 || attempts > 5) {
    throw invalid(`attempts of "${name}"`, 'an integer from 2 to 5', attempts, 'Correct it.');
  }
  const unknown = codes.find((code) => !RETRY_CODES.includes(code));
  if (unknown !== undefined || codes.length === 0) {
    throw invalid(`codes of "${name}"`, `of ${RETRY_CODES.join(', ')}`, unknown, 'Correct it.');
  }
  assertMs(name, 'initialBackoffMs', initialBackoffMs);
  assertMs(name, 'maxBackoffMs', maxBackoffMs);
}

function assertMs(name: string, field: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 86_400_000) return;
  throw invalid(`${field} of "${name}"`, 'milliseconds from 1 to a day', value, 'Correct it.');
}

function assertPolicy(name: string, policy: ViewPolicy): void {
  switch (policy.kind) {
    case 'round_robin':
      return;
    case 'least_request': {
      const { choiceCount = 2 } = policy;
      if (Number.isInteger(choiceCount) && choiceCount >= 2 && choiceCount <= 100) return;
      const remedy = 'Leave it out for 2.';
      throw invalid(`choiceCount of "${name}"`, 'an integer from 2 to 100', choiceCount, remedy);
    }
    case 'ring_hash':
      if (HEADER.test(policy.header)) return;
      throw invalid(
        `The header of "${name}"`,
        'the lower-case name of a header',
        policy.header,
        'Correct it.',
      );
    default: {
      const { kind } = policy as { readonly kind: unknown };
      const kinds = 'round_robin, least_request or ring_hash';
      throw invalid(`The policy of "${name}"`, kinds, kind, 'Leave it out for round_robin.');
    }
  }
}

function assertOutlierDetection(name: string, given: ViewOutlierDetection): void {
  const { intervalMs, baseEjectionTimeMs, maxEjectionPercent, failurePercentage } = given;
  for (const [field, value] of Object.entries({ intervalMs, baseEjectionTimeMs })) {
    assertMs(name, field, value);
  }
  const { minimumHosts = 5, requestVolume = 50 } = given;
  for (const [field, value] of Object.entries({ minimumHosts, requestVolume })) {
    if (Number.isInteger(value) && value >= 0 && value <= 1_000_000) continue;
    throw invalid(`${field} of "${name}"`, 'an integer from 0 to 1000000', value, 'Correct it.');
  }
  for (const [field, value] of Object.entries({ maxEjectionPercent, failurePercentage })) {
    if (Number.isInteger(value) && value >= 0 && value <= 100) continue;
    throw invalid(`${field} of "${name}"`, 'an integer from 0 to 100', value, 'Correct it.');
  }
}

function invalid(subject: string, expected: string, given: unknown, remedy: string): RangeError {
  const shown = typeof given === 'string' ? `"${printable(given.slice(0, 80))}"` : String(given);
  return new RangeError(`${subject} must be ${expected}, but is ${shown}. ${remedy}`);
}
