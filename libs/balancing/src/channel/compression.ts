import { compressionAlgorithms } from '@grpc/grpc-js';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import type { MethodOptionsByPath } from './method-options.js';

/**
 * The algorithm by which methods compress their requests: grpc-js has one for a whole channel.
 * @returns undefined when no method wants any.
 * @throws InvalidPolicyError when methods want different ones.
 */
export function compressionOf(methods: MethodOptionsByPath): 'gzip' | 'deflate' | undefined {
  const wanted = new Set(
    Object.values(methods).flatMap(({ compression = 'identity' }) =>
      compression === 'identity' ? [] : [compression],
    ),
  );
  const [algorithm] = wanted;
  if (wanted.size <= 1) return algorithm;
  const remedy = 'Choose one of them: a channel of grpc-js has one algorithm.';
  const given = [...wanted].join(' and ');
  throw new InvalidPolicyError('methods', 'compression', 'the same for all', given, remedy);
}

/** The channel option that makes grpc-js compress. */
export function compressionOption(methods: MethodOptionsByPath): Record<string, number> {
  const algorithm = compressionOf(methods);
  if (!algorithm) return {};
  return { 'grpc.default_compression_algorithm': compressionAlgorithms[algorithm] };
}
