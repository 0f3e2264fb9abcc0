// A gateway and a greeter, traced by the standard instrumentations; prints the spans of some greetings as JSON. A process of
// its own, as these must be registered before grpc-js and http are loaded.
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { context, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
trace.setGlobalTracerProvider(provider);
registerInstrumentations({
  instrumentations: [new GrpcInstrumentation(), new HttpInstrumentation()],
});

const { ValidationPipe } = await import('@nestjs/common');
const { NestFactory } = await import('@nestjs/core');
const { discoverable } = await import('@grpc-discovery/nestjs');
const { DiscoveryTracingModule } = await import('@grpc-discovery/nestjs/opentelemetry');
const { greeterProto } = await import('@grpc-discovery/proto');
const gateway = await import('../../apps/gateway/dist/app.module.js');
const greeter = await import('../../apps/greeter/dist/app.module.js');

const traced = (app) => ({ module: class {}, imports: [app, DiscoveryTracingModule] });
const server = await NestFactory.createMicroservice(traced(greeter.AppModule), {
  logger: ['error'],
  ...discoverable({ ...greeterProto, url: '127.0.0.1:0' }),
});
await server.listen();
const http = await NestFactory.create(traced(gateway.AppModule), { logger: ['error'] });
http.useGlobalPipes(new ValidationPipe({ transform: true }));
await http.listen(0, '127.0.0.1');

const answers = [];
for (const name of ['one', 'two']) {
  const url = `${await http.getUrl()}/hello/${name}?waitForReady=true&timeoutMs=60000`;
  answers.push((await fetch(url)).status);
}
await http.close();
await server.close();
const spans = exporter.getFinishedSpans().map((span) => ({
  name: span.name,
  kind: span.kind,
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentId: span.parentSpanContext?.spanId,
  attributes: span.attributes,
}));
process.send({ answers, spans });
process.disconnect();
