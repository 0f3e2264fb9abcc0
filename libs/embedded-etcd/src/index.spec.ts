import { expect, it } from '@jest/globals';
import * as publicApi from './index.js';

it('exports these values and no others', () => {
  expect(Object.keys(publicApi).sort()).toMatchInlineSnapshot(`
   [
     "DataFileError",
     "EmbeddedEtcd",
     "InvalidSettingError",
     "NotServingError",
     "PortInUseError",
     "RevisionOutOfRangeError",
     "UnknownLeaseError",
     "UnknownVersionError",
   ]
  `);
});
