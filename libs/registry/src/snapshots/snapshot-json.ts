/** From this length on a slice ends, in characters: it takes about a millisecond to encode or to read. */
const SLICE_LENGTH = 64 * 1024;
const NEW_LINE = 0x0a;
const COMMA = 0x2c;

/** The JSON of an object with a list of instances, taken apart at its lines. */
export interface SlicedJson {
  /** The object, with none of the instances that stand in {@link slices}. */
  readonly outer: Buffer;
  /** Objects, each with a part of the list: `{"instances":[…]}`. */
  readonly slices: Iterable<Buffer>;
}

/**
 * Encodes an object with a list of instances: a line of what stands before the list, lines of instances, and what stands behind
 * it. Together they are one JSON text, which releases read that know of no slices.
 * @param before The fields before `instances`; one at least.
 * @param after The fields behind; one at least.
 */
export function* encodeInSlices(
  before: object,
  instances: readonly unknown[],
  after: object,
): Generator<string> {
  yield `${JSON.stringify(before).slice(0, -1)},"instances":[\n`;
  let line = '';
  for (const [at, instance] of instances.entries()) {
    const isLast = at === instances.length - 1;
    line += JSON.stringify(instance) + (isLast ? '' : ',');
    if (line.length < SLICE_LENGTH && !isLast) continue;
    yield `${line}\n`;
    line = '';
  }
  yield `],${JSON.stringify(after).slice(1)}`;
}

/** Takes apart what {@link encodeInSlices} has made. A text of one line, of an older release, is the object as a whole. */
export function takeApart(text: Buffer): SlicedJson {
  const from = text.indexOf(NEW_LINE) + 1;
  const to = text.lastIndexOf(NEW_LINE) + 1;
  return {
    outer: from === 0 ? text : Buffer.concat([text.subarray(0, from), text.subarray(to)]),
    slices: slicesOf(text.subarray(from, to)),
  };
}

function* slicesOf(lines: Buffer): Generator<Buffer> {
  for (let from = 0; from < lines.length;) {
    const end = lines.indexOf(NEW_LINE, from);
    const line = lines.subarray(from, lines[end - 1] === COMMA ? end - 1 : end);
    yield Buffer.concat([Buffer.from('{"instances":['), line, Buffer.from(']}')]);
    from = end + 1;
  }
}
