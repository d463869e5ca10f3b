/** A fenced block of a document. */
export interface CodeBlock {
  /** The words after the backticks: the language, then marks. */
  readonly info: readonly string[]
  /** With the line end of its last line. */
  readonly text: string
}

export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info = '', text = '']) => ({
    info: info.split(/\s+/).filter((word) => word !== ''),
    text,
  }))
}

/**
 * The blocks that a document promises to work as they stand. GitHub shows what follows the language nowhere.
 * `bash runnable`: typed by `npm run check:docs`, in a copy of the example, where there is no Docker but for what
 * `docker compose` does without one. `bash runnable on-host`: typed by a scenario on a host. A scenario may type both.
 */
export function runnableBlocks(markdown: string): readonly CodeBlock[] {
  return codeBlocks(markdown).filter(({ info }) => info.includes('runnable'))
}

export function needsHost({ info }: CodeBlock): boolean {
  return info.includes('on-host')
}
