import { printable } from '@grpc-discovery/registry';
import { status, type ServiceError } from '@grpc/grpc-js';
import {
  Catch,
  Injectable,
  Logger,
  Optional,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';

/** The HTTP status for each gRPC status, by the table of `google.rpc.Code`. */
const HTTP_STATUS: Readonly<Record<status, number>> = {
  [status.OK]: 200,
  [status.CANCELLED]: 499,
  [status.UNKNOWN]: 500,
  [status.INVALID_ARGUMENT]: 400,
  [status.DEADLINE_EXCEEDED]: 504,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.PERMISSION_DENIED]: 403,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.FAILED_PRECONDITION]: 400,
  [status.ABORTED]: 409,
  [status.OUT_OF_RANGE]: 400,
  [status.UNIMPLEMENTED]: 501,
  [status.INTERNAL]: 500,
  [status.UNAVAILABLE]: 503,
  [status.DATA_LOSS]: 500,
  [status.UNAUTHENTICATED]: 401,
};

/** Shortest time between two log lines of one status, in milliseconds. */
const LOG_EVERY_MS = 10_000;

/** The body of the response to a request whose gRPC call failed. */
export interface GrpcErrorBody {
  readonly statusCode: number;
  /** Name of the gRPC status: `UNAVAILABLE`. */
  readonly error: string;
  readonly message: string;
}

/**
 * Answers an HTTP request whose gRPC call failed with the matching HTTP status: UNAVAILABLE is 503, DEADLINE_EXCEEDED 504,
 * NOT_FOUND 404. Other errors are handled by Nest as usual.
 *
 * If the request is at fault (4xx), the response contains the call's details. If a service is (5xx), they may name hosts of a
 * private network: they are logged instead, at most once in 10 s for each status. Override {@link body} to report more or less.
 *
 * Use it by `@UseFilters(GrpcErrorFilter)`, for all routes by `{ provide: APP_FILTER, useClass: GrpcErrorFilter }`.
 */
@Injectable()
@Catch()
export class GrpcErrorFilter extends BaseExceptionFilter implements ExceptionFilter {
  private readonly failures = new Logger(GrpcErrorFilter.name);
  private readonly loggedAt = new Map<status, number>();

  constructor(@Optional() private readonly adapterHost?: HttpAdapterHost) {
    super(adapterHost?.httpAdapter);
  }

  override catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType() !== 'http') return throwError(() => error);
    if (!isServiceError(error)) return super.catch(error, host);
    const body = this.body(error);
    if (body.statusCode >= 500) this.log(error);
    const adapter = (this.adapterHost ?? this.httpAdapterHost)?.httpAdapter;
    const response: unknown = host.switchToHttp().getResponse();
    if (adapter?.isHeadersSent(response)) adapter.end(response);
    else adapter?.reply(response, body, body.statusCode);
    return undefined;
  }

  /** The body of the response. */
  protected body({ code, details }: ServiceError): GrpcErrorBody {
    const statusCode = HTTP_STATUS[code] ?? 500;
    const error = status[code] ?? 'UNKNOWN';
    const message = statusCode < 500 ? details : 'A service that this request needs has failed';
    return { statusCode, error, message };
  }

  private log({ code, details }: ServiceError): void {
    const now = performance.now();
    if (now - (this.loggedAt.get(code) ?? -Infinity) < LOG_EVERY_MS) return;
    this.loggedAt.set(code, now);
    this.failures.warn(
      `A call of a request has failed, ${status[code] ?? code}: ${printable(details)}`,
    );
  }
}

/** Checks members, not the class: another copy of grpc-js may have created it. */
function isServiceError(error: unknown): error is ServiceError {
  if (!(error instanceof Error)) return false;
  const { code, details, metadata } = error as Partial<ServiceError>;
  return typeof code === 'number' && typeof details === 'string' && typeof metadata === 'object';
}
