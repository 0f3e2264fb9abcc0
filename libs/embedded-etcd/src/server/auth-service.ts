import { type AuthDefinition } from '../gen/etcdserverpb/Auth.js';
import { EtcdRefusal } from '../api/etcd-error.js';
import { type Member } from '../member/member.js';
import { accessOf, unary, type Rpcs, type UnaryRpc } from './rpc.js';

export const authService: Rpcs<AuthDefinition> = {
  AuthEnable: admin((member) => member.auth.enable()),
  AuthStatus: unary((member, _, { metadata }) => {
    const { tellsAuthStatusTo } = member.rules;
    if (tellsAuthStatusTo === undefined) throw new EtcdRefusal('unknownMethod');
    const access = accessOf(member, metadata);
    if (tellsAuthStatusTo === 'root') access.requireAdmin();
    return { enabled: member.auth.isEnabled, authRevision: member.auth.revision };
  }),
  AuthDisable: admin((member) => {
    member.auth.disable();
    member.tokens.clear();
  }),
  Authenticate: unary((member, { name, password }) => {
    member.auth.checkPassword(name, password);
    return { token: member.tokens.issue(name) };
  }),

  UserAdd: admin((member, { name, password, options }) =>
    member.auth.addUser(name, options?.no_password ? undefined : password),
  ),
  UserGet: unary((member, { name }, { metadata }) => {
    accessOf(member, metadata).requireSelfOrAdmin(name);
    return { roles: member.auth.user(name).roles };
  }),
  UserList: unary((member, _, { metadata }) => {
    accessOf(member, metadata).requireAdmin();
    return { users: member.auth.userNames() };
  }),
  UserDelete: admin((member, { name }) => {
    member.auth.deleteUser(name);
    member.tokens.revokeOf(name);
  }),
  UserChangePassword: admin((member, { name, password }) => {
    member.auth.changePassword(name, password);
    member.tokens.revokeOf(name);
  }),
  UserGrantRole: admin((member, { user, role }) => member.auth.grantRole(user, role)),
  UserRevokeRole: admin((member, { name, role }) => member.auth.revokeRole(name, role)),

  RoleAdd: admin((member, { name }) => member.auth.addRole(name)),
  RoleGet: unary((member, { role }, { metadata }) => {
    accessOf(member, metadata).requireRoleOrAdmin(role);
    return { perm: member.auth.role(role).permissions };
  }),
  RoleList: unary((member, _, { metadata }) => {
    accessOf(member, metadata).requireAdmin();
    return { roles: member.auth.roleNames() };
  }),
  RoleDelete: admin((member, { role }) => member.auth.deleteRole(role)),
  RoleGrantPermission: admin((member, { name, perm }) => member.auth.grantPermission(name, perm)),
  RoleRevokePermission: admin((member, request) =>
    member.auth.revokePermission(request.role, request),
  ),
};

/** A method that only root may call once auth is on, and that answers with a header alone. */
function admin<Request>(
  act: (member: Member, request: Request) => void,
): UnaryRpc<Request, Record<string, never>> {
  return unary((member, request, { metadata }) => {
    accessOf(member, metadata).requireAdmin();
    act(member, request);
    return {};
  });
}
