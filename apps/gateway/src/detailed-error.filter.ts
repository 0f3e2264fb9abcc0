import { GrpcErrorFilter, type GrpcErrorBody } from '@grpc-discovery/nestjs';
import type { ServiceError } from '@grpc/grpc-js';
import { Catch } from '@nestjs/common';

/** Reports why a call failed, hosts included: for a gateway that developers look at, not for a public one. */
@Catch()
export class DetailedErrorFilter extends GrpcErrorFilter {
  protected override body(error: ServiceError): GrpcErrorBody {
    return { ...super.body(error), message: error.details };
  }
}
