/**
 * Reads a value of the registry as a JSON object.
 * @param maxBytes Its largest size.
 * @param broken Makes the error of what is wrong with the value.
 */
export function readJsonObject(
  value: Buffer,
  maxBytes: number,
  broken: (reality: string) => Error,
): Record<string, unknown> {
  if (value.length > maxBytes) {
    throw broken(`its value has ${value.length} of at most ${maxBytes} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch {
    // The parser's own message quotes the value, which may hold metadata: it is dropped on purpose.
    throw broken('its value is not JSON');
  }
  if (!isJsonObject(json)) throw broken('its value is not a JSON object');
  return json;
}

export function isJsonObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
