import { addClient } from '../client/add-client.js';
import type { Files } from '../files.js';
import { namesOf } from '../names.js';
import { addService } from '../service/add-service.js';
import { addToCompose } from '../service/deployment-files.js';
import { addProject } from '../workspace/project.js';
import { readWorkspace } from '../workspace/workspace.js';
import { gatewayFiles } from './gateway-files.js';
import { workspaceFiles } from './workspace-files.js';

const GATEWAY = 'gateway';

/**
 * Creates a workspace in an empty folder: a service "greeter", a gateway that calls it, specs, and an etcd for development.
 * @throws InvalidNameError
 */
export function createStarter(files: Files, name: string): void {
  const { kebab } = namesOf(name, 'a workspace');
  for (const [path, text] of Object.entries(workspaceFiles(kebab))) files.write(path, text);
  addService(files, { name: 'greeter' });
  for (const [path, text] of Object.entries(gatewayFiles())) {
    files.write(`apps/${GATEWAY}/src/${path}`, text);
  }
  addProject(files, GATEWAY, readWorkspace(files));
  addClient(files, { name: 'greeter', project: GATEWAY });
  addToCompose(files, GATEWAY, {
    environment: { ETCD_HOSTS: 'http://etcd:2379', HTTP_HOST: '0.0.0.0' },
    ports: ['127.0.0.1:3000:3000'],
  });
}
