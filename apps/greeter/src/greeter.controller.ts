import { LocalInstances } from '@grpc-discovery/nestjs';
import {
  GreeterControllerMethods,
  type GreeterController as GreeterContract,
  type HelloManyRequest,
  type HelloReply,
  type HelloRequest,
} from '@grpc-discovery/proto';
import { Controller } from '@nestjs/common';
import { concatMap, map, of, range, timer, type Observable } from 'rxjs';

/** Greets, and names the instance that did. */
@Controller()
@GreeterControllerMethods()
export class GreeterController implements GreeterContract {
  constructor(private readonly instances: LocalInstances) {}

  sayHello({ name }: HelloRequest): HelloReply {
    return this.greet(name);
  }

  sayHelloStreamReply({ name, times, intervalMs }: HelloManyRequest): Observable<HelloReply> {
    return range(0, times).pipe(
      concatMap((index) => (index === 0 ? of(index) : timer(intervalMs))),
      map(() => this.greet(name)),
    );
  }

  sayHelloBidiStream(requests: Observable<HelloRequest>): Observable<HelloReply> {
    return requests.pipe(map(({ name }) => this.greet(name)));
  }

  private greet(name: string): HelloReply {
    const [instance] = this.instances.all;
    return { message: `Hello ${name}`, instanceId: instance?.id ?? '' };
  }
}
