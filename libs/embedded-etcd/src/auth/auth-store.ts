import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { EtcdRefusal } from '../api/etcd-error.js';
import type { Permission } from '../api/messages.js';

/** The user and the role that may do everything. */
export const root = 'root';

/** Users, roles and their permissions. Its methods refuse as etcd's auth store does. */
export class AuthStore {
  private readonly users = new Map<string, User>();
  private readonly roles = new Map<string, Role>();
  private enabled: boolean;
  private changes: number;

  /** @param onChange Called after every change. */
  constructor(
    contents: AuthContents,
    private readonly onChange: () => void,
  ) {
    this.enabled = contents.isEnabled;
    this.changes = contents.revision ?? 1;
    for (const user of contents.users) this.users.set(user.name, user);
    for (const role of contents.roles) this.roles.set(role.name, role);
  }

  get revision(): number {
    return this.changes;
  }

  get isEnabled(): boolean {
    return this.enabled;
  }

  enable(): void {
    const user = this.users.get(root);
    if (user === undefined) throw new EtcdRefusal('rootUserNotExist');
    if (!user.roles.includes(root)) throw new EtcdRefusal('rootRoleNotGranted');
    this.enabled = true;
    // Not a change of who may do what: its revision stays.
    this.onChange();
  }

  disable(): void {
    this.enabled = false;
    this.changed();
  }

  /** @throws EtcdRefusal when auth is off, the user unknown or without a password, or the password wrong. */
  checkPassword(name: string, password: string): void {
    if (!this.enabled) throw new EtcdRefusal('authNotEnabled');
    const user = this.users.get(name);
    if (user === undefined) throw new EtcdRefusal('authFailed');
    if (user.password === undefined) throw new EtcdRefusal('noPasswordUser');
    if (!passwordMatches(password, user.password)) throw new EtcdRefusal('authFailed');
  }

  addUser(name: string, password: string | undefined): void {
    if (name === '') throw new EtcdRefusal('userEmpty');
    if (this.users.has(name)) throw new EtcdRefusal('userExists');
    this.saveUser({ name, password: hashed(password), roles: [] });
  }

  /** @throws EtcdRefusal when there is no such user. */
  user(name: string): User {
    const user = this.users.get(name);
    if (user === undefined) throw new EtcdRefusal('userNotFound');
    return user;
  }

  findUser(name: string): User | undefined {
    return this.users.get(name);
  }

  userNames(): string[] {
    return [...this.users.keys()].sort();
  }

  deleteUser(name: string): void {
    if (this.enabled && name === root) throw new EtcdRefusal('invalidAuthManagement');
    this.user(name);
    this.users.delete(name);
    this.changed();
  }

  changePassword(name: string, password: string): void {
    this.saveUser({ ...this.user(name), password: hashed(password) });
  }

  grantRole(name: string, role: string): void {
    const user = this.user(name);
    if (role !== root) this.role(role);
    if (user.roles.includes(role)) return;
    this.saveUser({ ...user, roles: [...user.roles, role].sort() });
  }

  revokeRole(name: string, role: string): void {
    const locksOut = name === root && role === root;
    if (this.enabled && locksOut) throw new EtcdRefusal('invalidAuthManagement');
    const user = this.user(name);
    if (!user.roles.includes(role)) throw new EtcdRefusal('roleNotGranted');
    this.saveUser({ ...user, roles: user.roles.filter((other) => other !== role) });
  }

  addRole(name: string): void {
    if (name === '') throw new EtcdRefusal('roleEmpty');
    if (this.roles.has(name)) throw new EtcdRefusal('roleExists');
    this.saveRole({ name, permissions: [] });
  }

  /** @throws EtcdRefusal when there is no such role. */
  role(name: string): Role {
    const role = this.roles.get(name);
    if (role === undefined) throw new EtcdRefusal('roleNotFound');
    return role;
  }

  roleNames(): string[] {
    return [...this.roles.keys()].sort();
  }

  deleteRole(name: string): void {
    if (this.enabled && name === root) throw new EtcdRefusal('invalidAuthManagement');
    this.role(name);
    this.roles.delete(name);
    for (const user of this.users.values()) {
      const roles = user.roles.filter((other) => other !== name);
      this.users.set(user.name, { ...user, roles });
    }
    this.changed();
  }

  /** A permission on the same range replaces the one before. */
  grantPermission(name: string, permission: Permission | null): void {
    if (permission === null) throw new EtcdRefusal('permissionNotGiven');
    const role = this.role(name);
    const others = role.permissions.filter((other) => !isSameRange(other, permission));
    const permissions = [...others, permission].sort((a, b) => Buffer.compare(a.key, b.key));
    this.saveRole({ name, permissions });
  }

  revokePermission(name: string, range: Pick<Permission, 'key' | 'range_end'>): void {
    const role = this.role(name);
    const permissions = role.permissions.filter((other) => !isSameRange(other, range));
    const isGranted = permissions.length < role.permissions.length;
    if (!isGranted) throw new EtcdRefusal('permissionNotGranted');
    this.saveRole({ name, permissions });
  }

  /** The permissions of all roles of a user; roles that were never added grant nothing. */
  permissionsOf(user: User): Permission[] {
    return user.roles.flatMap((role) => this.roles.get(role)?.permissions ?? []);
  }

  contents(): AuthContents {
    return {
      isEnabled: this.enabled,
      revision: this.changes,
      users: [...this.users.values()],
      roles: [...this.roles.values()],
    };
  }

  private changed(): void {
    this.changes++;
    this.onChange();
  }

  private saveUser(user: User): void {
    this.users.set(user.name, user);
    this.changed();
  }

  private saveRole(role: Role): void {
    this.roles.set(role.name, role);
    this.changed();
  }
}

function hashed(password: string | undefined): string | undefined {
  return password === undefined ? undefined : hashPassword(password);
}

type KeyPair = Pick<Permission, 'key' | 'range_end'>;

function isSameRange(a: KeyPair, b: KeyPair): boolean {
  return a.key.equals(b.key) && a.range_end.equals(b.range_end);
}

export interface User {
  readonly name: string;
  /** Undefined: the user can't log in with a password. */
  readonly password: string | undefined;
  readonly roles: readonly string[];
}

export interface Role {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** Access control as it survives a restart. */
export interface AuthContents {
  readonly isEnabled: boolean;
  /** Grows with each change; 1 at first, also of contents that were kept without it. */
  readonly revision?: number;
  readonly users: readonly User[];
  readonly roles: readonly Role[];
}

export const emptyAuth: AuthContents = { isEnabled: false, users: [], roles: [] };

/** Cheap on purpose: these passwords guard test data, and each login would block the process. */
const cost = { N: 1024 };
const hashBytes = 32;

/** Salt and hash, in hexadecimal. */
function hashPassword(password: string): string {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${scryptSync(password, salt, hashBytes, cost).toString('hex')}`;
}

function passwordMatches(password: string, hashed: string): boolean {
  const [salt = '', hash = ''] = hashed.split(':');
  const actual = scryptSync(password, Buffer.from(salt, 'hex'), hashBytes, cost);
  return timingSafeEqual(actual, Buffer.from(hash, 'hex'));
}
