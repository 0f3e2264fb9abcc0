import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ServerGrpc } from '@nestjs/microservices';

/** All microservices of an application. */
@Injectable()
export class RpcTargets {
  private readonly all: unknown[] = [];

  constructor(modules: ModulesContainer) {
    modules.getRpcTargetRegistry<unknown>().subscribe((target) => this.all.push(target));
  }

  get count(): number {
    return this.all.length;
  }

  /** Those that speak gRPC, the registered ones among them. */
  get grpcServers(): number {
    return this.all.filter((target) => target instanceof ServerGrpc).length;
  }
}
