import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import { onAbort, type CallBounds } from './make-call.js';
import {
  reflectionRpc,
  type ReflectionAnswer,
  type ReflectionQuestion,
  type ReflectionVersion,
} from './reflection-protocol.js';

/** One stream of server reflection: all of its questions reach the same instance. */
export class ReflectionStream {
  private readonly stream: ClientDuplexStream<object, object>;
  private readonly answers: AsyncIterator<object>;

  constructor(client: Client, version: ReflectionVersion, { deadline, signal }: CallBounds) {
    const { path, requestSerialize, responseDeserialize } = reflectionRpc(version);
    this.stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, {
      deadline,
    });
    onAbort(signal, this.stream);
    this.answers = this.stream[Symbol.asyncIterator]() as AsyncIterator<object>;
  }

  /** @throws ServiceError of grpc-js; Error when the server does not know the requested symbol */
  async ask(question: ReflectionQuestion): Promise<ReflectionAnswer> {
    this.stream.write(question);
    const next = await this.answers.next();
    if (next.done)
      throw new Error('The reflection service has ended its stream without an answer.');
    const answer: ReflectionAnswer = next.value;
    if (answer.errorResponse) {
      const [subject = ''] = Object.values(question);
      throw new Error(
        `${subject} is not known to reflection: ${answer.errorResponse.errorMessage ?? ''}`,
      );
    }
    return answer;
  }

  close(): void {
    // A cancelled stream ends with an error.
    this.stream.on('error', () => undefined);
    this.stream.cancel();
  }
}
