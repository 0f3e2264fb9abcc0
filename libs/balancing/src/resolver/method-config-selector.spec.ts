import { describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import type { MethodConfig } from '../grpc/experimental.js';
import { MethodConfigSelector } from './method-config-selector.js';

const methodConfig: MethodConfig[] = [
  { name: [{}], maxRequestBytes: 1 },
  { name: [{ service: 'a.Orders' }], maxRequestBytes: 2, waitForReady: true },
  { name: [{ service: 'a.Orders', method: 'Place' }], maxRequestBytes: 3 },
  { name: [{ service: 'a.Orders', method: 'Place' }], maxRequestBytes: 4 },
];
const selector = new MethodConfigSelector({ methodConfig }, []);
const bytesOf = (path: string) =>
  selector.invoke(path, new Metadata()).methodConfig.maxRequestBytes;

describe('the choice of a method config', () => {
  it('selects the first config of the most specific name', () => {
    expect(['/a.Orders/Place', '/a.Orders/Cancel', '/a.Other/Place'].map(bytesOf)).toEqual([
      3, 2, 1,
    ]);
  });

  it('is empty if no name matches', () => {
    const none = new MethodConfigSelector({ methodConfig: [] }, []);
    expect(none.invoke('/a.Orders/Place', new Metadata()).methodConfig).toEqual({ name: [] });
  });

  it('is computed once per method', () => {
    const first = selector.invoke('/a.Orders/Place', new Metadata());
    expect(selector.invoke('/a.Orders/Place', new Metadata())).toBe(first);
  });

  it('is computed once for the 1,001st method, too, whatever was called before', () => {
    const busy = new MethodConfigSelector({ methodConfig }, []);
    const invoke = (method: string) => busy.invoke(`/a.Orders/${method}`, new Metadata());
    for (let i = 0; i < 1_000; i++) invoke(`M${i}`);
    const first = invoke('Place');
    expect(invoke('Place')).toBe(first);
    for (let i = 0; i < 500; i++) expect(invoke(`M${i + 500}`)).toBe(invoke(`M${i + 500}`));
    expect(invoke('Place')).toBe(first);
  });

  it('makes calls wait for ready, unless the caller has chosen otherwise', () => {
    const waitOf = (metadata: Metadata) => {
      selector.invoke('/a.Orders/Cancel', metadata);
      return metadata.getOptions().waitForReady;
    };
    expect(waitOf(new Metadata())).toBe(true);
    expect(waitOf(new Metadata({ waitForReady: false }))).toBe(false);
  });
});
