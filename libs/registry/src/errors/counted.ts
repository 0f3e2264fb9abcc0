/** `1 instance`, `2 instances`: a count with its noun, which takes an `s` unless told otherwise. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
