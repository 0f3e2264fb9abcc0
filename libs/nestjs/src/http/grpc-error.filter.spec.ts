import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Catch,
  Controller,
  Get,
  Module,
  NotFoundException,
  Param,
  Res,
  UseFilters,
  type ArgumentsHost,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { lastValueFrom, type Observable } from 'rxjs';
import type { GrpcErrorBody } from './grpc-error.filter.js';
import { GrpcErrorFilter } from './grpc-error.filter.js';

const SECRET = 'No connection to 3 of service "greeter": 10.0.0.1:5000\n\u001b[2J';

function serviceError(code: status, details = SECRET): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() });
}

@Catch()
class DetailedFilter extends GrpcErrorFilter {
  protected override body(error: ServiceError): GrpcErrorBody {
    return { ...super.body(error), message: error.details };
  }
}

interface Response {
  write(text: string): void;
}

@Controller()
class FailingController {
  @Get('code/:code')
  code(@Param('code') code: string): never {
    throw serviceError(Number(code));
  }

  @Get('missing')
  missing(): never {
    throw new NotFoundException('no such page');
  }

  @Get('begun')
  begun(@Res() response: Response): never {
    response.write('begun');
    throw serviceError(status.UNAVAILABLE);
  }

  @UseFilters(DetailedFilter)
  @Get('detailed')
  detailed(): never {
    throw serviceError(status.UNAVAILABLE);
  }
}

describe('GrpcErrorFilter', () => {
  const warnings: string[] = [];
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    @Module({
      controllers: [FailingController],
      providers: [{ provide: APP_FILTER, useClass: GrpcErrorFilter }],
    })
    class FailingModule {}
    const logger = {
      log: () => undefined,
      error: () => undefined,
      warn: (message: string) => warnings.push(message),
    };
    app = await NestFactory.create(FailingModule, { logger });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => app.close());
  const get = (path: string) => fetch(`${url}/${path}`);

  it.each([
    ['CANCELLED', 499],
    ['UNKNOWN', 500],
    ['INVALID_ARGUMENT', 400],
    ['DEADLINE_EXCEEDED', 504],
    ['NOT_FOUND', 404],
    ['ALREADY_EXISTS', 409],
    ['PERMISSION_DENIED', 403],
    ['RESOURCE_EXHAUSTED', 429],
    ['FAILED_PRECONDITION', 400],
    ['ABORTED', 409],
    ['OUT_OF_RANGE', 400],
    ['UNIMPLEMENTED', 501],
    ['INTERNAL', 500],
    ['UNAVAILABLE', 503],
    ['DATA_LOSS', 500],
    ['UNAUTHENTICATED', 401],
  ] as const)(
    'answers %s by %i, with details only where the request is at fault',
    async (name, http) => {
      await get(`code/${status[name]}`);
      const response = await get(`code/${status[name]}`);
      expect(response.status).toBe(http);
      const message = http < 500 ? SECRET : 'A service that this request needs has failed';
      expect(await response.json()).toEqual({ statusCode: http, error: name, message });
    },
  );

  it('answers a code that gRPC does not have by 500', async () => {
    const response = await get('code/77');
    expect(await response.json()).toMatchObject({ statusCode: 500, error: 'UNKNOWN' });
  });

  it('logs why services fail, once for each status, as printable text', () => {
    // Each of them was answered above.
    expect(warnings.filter((it) => it.includes('DATA_LOSS'))).toEqual([
      'A call of a request has failed, DATA_LOSS: No connection to 3 of service "greeter": 10.0.0.1:5000\\u000a\\u001b[2J',
    ]);
    expect(warnings.filter((it) => it.includes('NOT_FOUND'))).toEqual([]);
  });

  it('leaves other errors to Nest', async () => {
    const response = await get('missing');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ message: 'no such page' });
  });

  it('ends an answer that has begun', async () => {
    expect(await (await get('begun')).text()).toBe('begun');
  });

  it('tells what a subclass tells', async () => {
    expect(await (await get('detailed')).json()).toMatchObject({
      statusCode: 503,
      message: SECRET,
    });
  });

  it('hands on an error of a handler that does not answer HTTP', async () => {
    const error = serviceError(status.NOT_FOUND);
    const host = { getType: () => 'rpc' } as ArgumentsHost;
    const handed = new GrpcErrorFilter().catch(error, host) as Observable<unknown>;
    await expect(lastValueFrom(handed)).rejects.toBe(error);
  });
});
