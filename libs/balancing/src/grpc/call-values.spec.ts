import { describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { callValuesOf, withCallValues, withHashKey } from './call-values.js';

describe('the values of a call', () => {
  it('survive clones of the metadata and leave the original unchanged', () => {
    const metadata = new Metadata({ waitForReady: true });
    metadata.add('x-user', 'one');
    metadata.add('x-user', 'two');
    const keyed = withHashKey(metadata, 'user-1');
    const clone = keyed.clone().clone();
    expect(callValuesOf(clone)).toEqual({ hashKey: 'user-1' });
    expect(clone.get('x-user')).toEqual(['one', 'two']);
    expect(clone.getOptions()).toEqual({ waitForReady: true });
    expect(callValuesOf(metadata)).toEqual({});
    clone.set('x-user', 'three');
    expect(keyed.get('x-user')).toEqual(['one', 'two']);
  });

  it('are not sent', () => {
    expect(withHashKey(new Metadata(), 'user-1').toHttp2Headers()).toEqual({});
  });

  it('accumulate', () => {
    const metadata = withCallValues(withHashKey(new Metadata(), 'user-1'), { ownDeadline: true });
    expect(callValuesOf(metadata)).toEqual({ hashKey: 'user-1', ownDeadline: true });
  });
});
