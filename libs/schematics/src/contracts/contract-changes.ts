const DECLARATION = /^export (?:interface|type) (\w+)/;

/** Describes the changes between two versions of a contract: the names of its types, or that only its definitions changed. */
export function contractChanges(before: string, after: string): string {
  const old = declarations(before);
  const now = declarations(after);
  const added = [...now.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !now.has(name));
  const changed = [...now].filter(([name, text]) => old.has(name) && old.get(name) !== text);
  const parts = [
    ['added', added],
    ['changed', changed.map(([name]) => name)],
    ['removed', removed],
  ] as const;
  const told = parts
    .filter(([, names]) => names.length > 0)
    .map(([verb, names]) => `${verb} ${names.join(', ')}`);
  return told.length === 0 ? 'types unchanged, definitions changed' : told.join('; ');
}

function declarations(text: string): Map<string, string> {
  const blocks = text.split(/\n\n|\n(?=export )/);
  return new Map(
    blocks.flatMap((block) => {
      const [, name] = DECLARATION.exec(block) ?? [];
      return name === undefined ? [] : [[name, block.trim()]];
    }),
  );
}
