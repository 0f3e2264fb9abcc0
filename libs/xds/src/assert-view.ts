import { printable } from './printable.js';
import {
  isServiceName,
  type ServiceView,
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
  grpcServices = [],
}: ServiceView): void {
  if (!isServiceName(name)) {
    const remedy = 'Use letters, digits, ".", "_" and "-".';
    throw invalid('The name of a service', 'dialable as xds:///<name>', name, remedy);
  }
  if (policy) assertPolicy(name, policy);
  if (outlierDetection) assertOutlierDetection(name, outlierDetection);
  for (const service of grpcServices) {
    if (!GRPC_SERVICE.test(service)) {
      const remedy = 'Give the full name, such as helloworld.Greeter.';
      throw invalid(`A gRPC service of "${name}"`, 'the name of a gRPC service', service, remedy);
    }
  }
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
    if (Number.isInteger(value) && value >= 1 && value <= 86_400_000) continue;
    throw invalid(`${field} of "${name}"`, 'milliseconds from 1 to a day', value, 'Correct it.');
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
