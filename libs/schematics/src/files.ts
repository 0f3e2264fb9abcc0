/** The files of a workspace, by path relative to its root with `/` between names. */
export interface Files {
  /** @returns undefined if the file does not exist */
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  /** The names in a folder; empty if it does not exist. */
  list(folder: string): FolderContent;
}

export interface FolderContent {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Writes a file unless it exists: you may have edited it. */
export function writeNew(files: Files, path: string, text: string): void {
  if (files.read(path) === undefined) files.write(path, text);
}

/** Paths of the files under a folder, except installed, built and hidden ones. */
export function* filesUnder(files: Files, folder = ''): Generator<string> {
  const content = files.list(folder);
  const under = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  for (const name of [...content.files].sort()) yield under(name);
  for (const name of [...content.folders].sort()) {
    if (!/^(\..*|node_modules|dist|coverage)$/.test(name)) yield* filesUnder(files, under(name));
  }
}
