/** The files of a workspace, by paths from its top folder with `/` between names. */
export interface Files {
  /** @returns undefined for a file that is not there. */
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  /** What stands in a folder; nothing for one that is not there. */
  list(folder: string): FolderContent;
}

export interface FolderContent {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Writes a file that is not there yet: what a person may have edited stays. */
export function writeNew(files: Files, path: string, text: string): void {
  if (files.read(path) === undefined) files.write(path, text);
}

/** Paths of the files under a folder, but for those that are installed, built or hidden. */
export function* filesUnder(files: Files, folder = ''): Generator<string> {
  const content = files.list(folder);
  const under = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  for (const name of [...content.files].sort()) yield under(name);
  for (const name of [...content.folders].sort()) {
    if (!/^(\..*|node_modules|dist|coverage)$/.test(name)) yield* filesUnder(files, under(name));
  }
}
