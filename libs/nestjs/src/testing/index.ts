export { DiscoveryTestingModule } from './discovery-testing.module.js';
export { createTestFleet, type TestFleet, type TestFleetOptions } from './test-fleet.js';
export type { TestInstance } from './test-instance.js';
export type { TestReply, TestServiceOptions } from './test-replies.js';
