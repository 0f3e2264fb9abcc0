// Reads a JSON array of Mermaid diagrams from stdin, and prints the error of each as JSON: null for one that parses.
import { text } from 'node:stream/consumers';
import { parseHTML } from 'linkedom';

// Mermaid sanitizes labels with DOMPurify, which needs a document.
const { window } = parseHTML('<!doctype html><html><body></body></html>');
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');

const errors = [];
for (const diagram of JSON.parse(await text(process.stdin))) {
  errors.push(
    await mermaid.parse(diagram).then(
      () => null,
      (error) => String(error.message ?? error),
    ),
  );
}
console.log(JSON.stringify(errors));
