/** A fenced block of a document. */
export interface CodeBlock {
  /** The words after the backticks: the language, then marks. */
  readonly info: readonly string[]
  /** With the line end of its last line. */
  readonly text: string
}

/** Of backticks or tildes, in a list too: what a reader sees as a block must not be passed over. (CommonMark, 4.5.) */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open:
    | { readonly fence: string; readonly indent: string; readonly info: string; text: string }
    | undefined
  for (const line of markdown.split(/\r?\n/)) {
    const [, indent = '', fence = '', info = ''] = /^([ \t]*)(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === undefined) {
      if (fence !== '' && !(fence.startsWith('`') && info.includes('`')))
        open = { fence, indent, info, text: '' }
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      blocks.push(blockOf(open))
      open = undefined
    } else {
      open.text += `${line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart()}\n`
    }
  }
  // One without its end goes to the end of the document.
  return open === undefined ? blocks : [...blocks, blockOf(open)]
}

function blockOf({ info, text }: { readonly info: string; readonly text: string }): CodeBlock {
  return { info: info.split(/\s+/).filter((word) => word !== ''), text }
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
