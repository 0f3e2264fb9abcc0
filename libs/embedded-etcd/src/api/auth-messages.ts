import { type Headed } from './header.js';

export type PermissionType = 'READ' | 'WRITE' | 'READWRITE';

export interface Permission {
  readonly permType: PermissionType;
  readonly key: Buffer;
  readonly range_end: Buffer;
}

export interface AuthStatusResponse extends Headed {
  readonly enabled: boolean;
  readonly authRevision: number;
}

export interface NameRequest {
  readonly name: string;
}

export interface PasswordRequest extends NameRequest {
  readonly password: string;
}

export interface UserAddRequest extends PasswordRequest {
  readonly options: { readonly no_password: boolean } | null;
}

export interface UserGrantRoleRequest {
  readonly user: string;
  readonly role: string;
}

export interface UserRevokeRoleRequest extends NameRequest {
  readonly role: string;
}

export interface RoleRequest {
  readonly role: string;
}

export interface RoleGrantPermissionRequest extends NameRequest {
  readonly perm: Permission | null;
}

export interface RoleRevokePermissionRequest extends RoleRequest {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

export interface AuthenticateResponse extends Headed {
  readonly token: string;
}

export interface RolesResponse extends Headed {
  readonly roles: readonly string[];
}

export interface UserListResponse extends Headed {
  readonly users: readonly string[];
}

export interface RoleGetResponse extends Headed {
  readonly perm: readonly Permission[];
}
