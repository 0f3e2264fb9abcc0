export { addClient, type ClientChange } from './client/add-client.js';
export type { IncludeOption } from './contract/includes.js';
export { remakeContracts, type ContractsChange } from './contracts/remake-contracts.js';
export { addDiscovery, type DiscoveryChange } from './discovery/add-discovery.js';
export {
  ForeignFileError,
  InvalidContractError,
  InvalidContractsError,
  InvalidNameError,
  MissingNameError,
  UnknownOptionError,
  UnreadableFileError,
  UnreadableModuleError,
  UnsupportedWorkspaceError,
} from './errors.js';
export type { Files, FolderContent } from './files.js';
export { addService, type ServiceChange } from './service/add-service.js';
export { createStarter } from './starter/create-starter.js';
export type { Application } from './workspace/application.js';
