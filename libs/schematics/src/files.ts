/** The files of a workspace, by paths from its top folder with `/` between names. */
export interface Files {
  /** @returns undefined for a file that is not there. */
  read(path: string): string | undefined;
  write(path: string, text: string): void;
}

/** Writes a file that is not there yet: what a person may have edited stays. */
export function writeNew(files: Files, path: string, text: string): void {
  if (files.read(path) === undefined) files.write(path, text);
}
