import { loadFileDescriptorSetFromBuffer, type PackageDefinition } from '@grpc/proto-loader';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { loaderOptions } from './loader-options.js';

/** Files of a contract by name, from reflection. */
export class Descriptors {
  private readonly files = new Map<string, Buffer>();
  private readonly dependencies = new Set<string>();

  add(files: readonly Buffer[] = []): void {
    for (const file of files) {
      const { name, dependency } = descriptor.FileDescriptorProto.toObject(
        descriptor.FileDescriptorProto.decode(file),
      ) as { name: string; dependency?: string[] };
      this.files.set(name, file);
      for (const each of dependency ?? []) this.dependencies.add(each);
    }
  }

  /** A file that others import and that is not there yet. */
  get missing(): string | undefined {
    return [...this.dependencies].find((name) => !this.files.has(name));
  }

  load(): PackageDefinition {
    const FileDescriptorSet = descriptor.FileDescriptorSet;
    const file = [...this.files.values()].map((each) =>
      descriptor.FileDescriptorProto.decode(each),
    );
    const set = FileDescriptorSet.encode(FileDescriptorSet.create({ file })).finish();
    return loadFileDescriptorSetFromBuffer(Buffer.from(set), loaderOptions);
  }
}
