/** The lines of etcd whose behaviour can be had. 3.4 is out of support; it is what old distributions ship. */
export const etcdVersions: readonly EtcdVersion[] = ['3.4', '3.5', '3.6', '3.7'];

export type EtcdVersion = '3.4' | '3.5' | '3.6' | '3.7';

/** Where the lines of etcd differ for clients; each was compared with the release named. */
export interface VersionRules {
  /** Clients read it from `Status`. */
  readonly release: string;
  /** No progress is reported while a watch concerned starts after the store's revision (etcd-io/etcd#20229). */
  readonly holdsProgressForFutureWatches: boolean;
  /** Who may ask for `AuthStatus`; undefined when it is not served. */
  readonly tellsAuthStatusTo: 'root' | 'everybody' | undefined;
  /** Refusals of `Defragment` are not turned into etcd's own codes. */
  readonly refusesDefragmentRaw: boolean;
  /** Only root may compact while access control is on. */
  readonly keepsCompactionToRoot: boolean;
  /** A caller without a login gets that error before one for an unknown lease. */
  readonly keepsRevocationToUsers: boolean;
  /** A token that is not known is refused although access control is off. */
  readonly checksTokensWithoutAuth: boolean;
  /** Answers about alarms have a header. */
  readonly headsAlarms: boolean;
  /** Answers without values still contain leases. */
  readonly tellsLeasesOfKeysOnly: boolean;
  /** `RangeStream` is served. */
  readonly streamsRanges: boolean;
}

const maintained: Omit<VersionRules, 'release'> = {
  holdsProgressForFutureWatches: true,
  tellsAuthStatusTo: 'root',
  refusesDefragmentRaw: false,
  keepsCompactionToRoot: true,
  keepsRevocationToUsers: true,
  checksTokensWithoutAuth: false,
  headsAlarms: true,
  tellsLeasesOfKeysOnly: true,
  streamsRanges: false,
};

const rules: Readonly<Record<EtcdVersion, VersionRules>> = {
  '3.4': {
    release: '3.4.23',
    holdsProgressForFutureWatches: false,
    tellsAuthStatusTo: undefined,
    refusesDefragmentRaw: false,
    keepsCompactionToRoot: false,
    keepsRevocationToUsers: false,
    checksTokensWithoutAuth: true,
    headsAlarms: false,
    tellsLeasesOfKeysOnly: true,
    streamsRanges: false,
  },
  '3.5': { ...maintained, release: '3.5.35', refusesDefragmentRaw: true },
  '3.6': { ...maintained, release: '3.6.16' },
  '3.7': {
    ...maintained,
    release: '3.7.3',
    tellsAuthStatusTo: 'everybody',
    tellsLeasesOfKeysOnly: false,
    streamsRanges: true,
  },
};

export function rulesOf(version: EtcdVersion): VersionRules {
  return rules[version];
}

export function isEtcdVersion(version: unknown): version is EtcdVersion {
  return etcdVersions.some((each) => each === version);
}
