import { Controller, Get, Param, Query, UseFilters } from '@nestjs/common';
import {
  ApiInternalServerErrorResponse,
  ApiBadRequestResponse,
  ApiGatewayTimeoutResponse,
  ApiOkResponse,
  ApiServiceUnavailableResponse,
} from '@nestjs/swagger';
import { GreeterClient } from './greeter.client.js';
import { DetailedErrorFilter } from './detailed-error.filter.js';
import { HelloParams, HelloQuery, HelloResponse } from './hello.dto.js';

@Controller('hello')
@UseFilters(DetailedErrorFilter)
export class HelloController {
  constructor(private readonly greeter: GreeterClient) {}

  /** Greets by way of one instance of the service "greeter". */
  @Get(':name')
  @ApiOkResponse({ type: HelloResponse })
  @ApiBadRequestResponse({ description: 'The name or a query parameter breaks its rule.' })
  @ApiInternalServerErrorResponse({ description: 'The greeter failed.' })
  @ApiServiceUnavailableResponse({ description: 'No greeter can be reached.' })
  @ApiGatewayTimeoutResponse({ description: 'No greeter answered in time.' })
  hello(@Param() { name }: HelloParams, @Query() query: HelloQuery): Promise<HelloResponse> {
    return this.greeter.sayHello({ name }, query);
  }
}
