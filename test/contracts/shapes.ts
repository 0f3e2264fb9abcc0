/** A .proto as people write them, and a call that goes through its messages. */
export interface Shape {
  /** Path of the .proto, without its extension. */
  readonly proto: string;
  readonly include?: readonly string[];
  /** The loader itself can't load it: it finds copies of one message in two files of Google's. */
  readonly isBeyondTheLoader?: boolean;
  /** An rpc with one request and one reply of one type, which is answered with its request. */
  readonly echo: {
    readonly service: string;
    readonly property: string;
    readonly request: object;
    readonly reply: object;
  };
}

const money = { currency: 'EUR', units: '9007199254740993' };

export const shapes: readonly Shape[] = [
  {
    proto: 'oneofs',
    echo: {
      service: 'payments.v1.Payments',
      property: 'pay',
      request: { id: '1', card: { number: '4' }, amount: '9007199254740993' },
      reply: {
        id: '1',
        card: { number: '4' },
        method: 'card',
        amount: '9007199254740993',
        discount: 'amount',
      },
    },
  },
  {
    proto: 'global-names',
    echo: {
      service: 'metrics.Metrics',
      property: 'write',
      request: {
        labels: { a: 'b' },
        series: { '-1': { values: [0.5] } },
        levels: { true: 'HIGH' },
        raw: { data: Buffer.from('a') },
      },
      reply: {
        labels: { a: 'b' },
        series: { '-1': { values: [0.5] } },
        levels: { true: 'HIGH' },
        byId: {},
        raw: { data: Buffer.from('a') },
        payload: Buffer.alloc(0),
        at: null,
      },
    },
  },
  {
    proto: 'enums',
    echo: {
      service: 'tickets.Tickets',
      property: 'move',
      request: { state: 'RUNNING', detail: { note: 'n' }, moreKinds: ['WISH', 'NEGATIVE'] },
      reply: {
        state: 'OPEN',
        detail: { note: 'n' },
        kind: 'BUG',
        moreKinds: ['WISH', 'NEGATIVE'],
        epicKind: 'SMALL',
      },
    },
  },
  {
    proto: 'nested',
    echo: {
      service: 'tree.Tree',
      property: 'climb',
      request: { cs: [{ name: 'c' }], b: { parent: {} } },
      reply: { cs: [{ name: 'c' }], b: { c: null, parent: { b: null, cs: [] } } },
    },
  },
  {
    proto: 'optionals',
    echo: {
      service: 'profiles.Profiles',
      property: 'update',
      request: { nickName: '', age: 0, address: {}, level: 'NEW', points: 7 },
      reply: {
        name: '',
        nickName: '',
        age: 0,
        address: { street: '' },
        secondAddress: null,
        level: 'NEW',
        points: '7',
        // What the loader says of `optional`, besides.
        _nickName: 'nickName',
        _age: 'age',
        _address: 'address',
        _level: 'level',
        _points: 'points',
      },
    },
  },
  {
    proto: 'well-known',
    isBeyondTheLoader: true,
    echo: {
      service: 'everything.Everything',
      property: 'echo',
      request: {
        any: { type_url: 'a/b', value: Buffer.from('c') },
        duration: { seconds: 3, nanos: 4 },
        data: { fields: { a: { numberValue: 1 } } },
        at: { seconds: '253402300799' },
        name: { value: 'n' },
        count: { value: '9007199254740993' },
        api: { methods: [{ name: 'm' }] },
      },
      reply: {
        any: { type_url: 'a/b', value: Buffer.from('c') },
        duration: { seconds: '3', nanos: 4 },
        mask: null,
        data: { fields: { a: { numberValue: 1, kind: 'numberValue' } } },
        value: null,
        at: { seconds: '253402300799', nanos: 0 },
        name: { value: 'n' },
        count: { value: '9007199254740993' },
        flag: null,
        raw: null,
        ratio: null,
        api: {
          name: '',
          methods: [
            {
              name: 'm',
              requestTypeUrl: '',
              requestStreaming: false,
              responseTypeUrl: '',
              responseStreaming: false,
              options: [],
              syntax: 'SYNTAX_PROTO2',
            },
          ],
          options: [],
          version: '',
          sourceContext: null,
          mixins: [],
          syntax: 'SYNTAX_PROTO2',
        },
        type: null,
        source: null,
        nothing: 'NULL_VALUE',
      },
    },
  },
  {
    proto: 'shop/packages',
    echo: {
      service: 'shop.v1.Orders',
      property: 'put',
      request: { total: { display: '1 €' }, fee: money, tax: { value: 0.5 } },
      reply: { total: { display: '1 €' }, fee: money, tax: { value: 0.5 }, state: 'OPEN' },
    },
  },
  {
    proto: 'services',
    echo: {
      service: 'files.Files',
      property: 'getUrl',
      request: { url: 'u' },
      reply: { url: 'u' },
    },
  },
  {
    proto: 'no-package',
    echo: {
      service: 'Plain',
      property: 'getUrl',
      request: { text: 'q' },
      reply: { text: 'q', more: [] },
    },
  },
  {
    proto: 'keywords',
    echo: {
      service: 'keywords.Keywords',
      property: 'echo',
      request: {
        delete: 'd',
        constructor: 'c',
        URL: 'u',
        type: {},
        import: [{ of: {} }],
        toString: 's',
      },
      reply: {
        delete: 'd',
        default: '',
        constructor: 'c',
        let: 0,
        function: false,
        inOut_2: '',
        URL: 'u',
        _private: '',
        type: { of: null },
        package: null,
        import: [{ of: {} }],
        toString: 's',
      },
    },
  },
  {
    proto: 'annotations',
    echo: {
      service: 'library.v1.Library',
      property: 'updateBook',
      request: { name: 'n', pages: [1, 2] },
      reply: { name: 'n', pages: [1, 2] },
    },
  },
  {
    proto: 'groups',
    echo: {
      service: 'search.Search',
      property: 'find',
      request: { query: { text: 't', '.search.language': 'en' }, result: [{ url: 'u' }] },
      reply: {
        query: {
          text: 't',
          limit: 10,
          order: 'NEWEST',
          mark: Buffer.alloc(0),
          '.search.language': 'en',
        },
        result: [{ url: 'u', nearest: null }],
      },
    },
  },
  {
    proto: 'editions',
    echo: {
      service: 'devices.Devices',
      property: 'report',
      request: { zone: 'z', samples: [1, 2], previous: { zone: 'y' }, person: 'p' },
      reply: {
        device: '',
        value: 0,
        zone: 'z',
        samples: [1, 2],
        previous: { device: '', value: 0, zone: 'y', samples: [], previous: null },
        person: 'p',
        source: 'person',
      },
    },
  },
  {
    proto: 'included',
    include: ['third_party'],
    echo: {
      service: 'invoices.Invoices',
      property: 'get',
      request: { total: { currencyCode: 'EUR', units: 1 } },
      reply: { total: { currencyCode: 'EUR', units: '1' } },
    },
  },
];
