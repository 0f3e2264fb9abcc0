export { addClient, type ClientChange } from './client/add-client.js';
export { addDiscovery, type DiscoveryChange } from './discovery/add-discovery.js';
export {
  InvalidContractError,
  InvalidNameError,
  UnreadableModuleError,
  UnsupportedWorkspaceError,
} from './errors.js';
export type { Files } from './files.js';
export { addService } from './service/add-service.js';
export { createStarter } from './starter/create-starter.js';
