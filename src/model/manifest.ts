/** One thing of the release's files, at its path below the project directory. */
export type ManifestItem =
  | { readonly kind: 'directory'; readonly mode: number; readonly path: string }
  | ManifestFile
  | { readonly kind: 'link'; readonly to: string; readonly path: string }

/** `source`: where its bytes are on the runner, absolute. */
export interface ManifestFile {
  readonly kind: 'file'
  readonly mode: number
  readonly sha256: string
  readonly bytes: number
  readonly path: string
  readonly source: string
}

/** What a release may hold: a checkout of sources and settings, not of data. */
export const MOST_ITEMS = 20_000
export const MOST_BYTES = 512 * 1024 * 1024

/** All items in the order of their lines: by the bytes of their paths, so that a directory stands before what is in it. */
export function manifestOf(items: readonly ManifestItem[]): readonly ManifestItem[] {
  return items
    .map((item) => ({ item, key: Buffer.from(item.path) }))
    .sort((one, other) => Buffer.compare(one.key, other.key))
    .map(({ item }) => item)
}

/** The manifest as the host reads it: a line an item, of four fields. */
export function manifestText(items: readonly ManifestItem[]): string {
  return items.map((item) => `${lineOf(item)}\n`).join('')
}

/** The files among them, and their bytes in all. */
export function filesOf(items: readonly ManifestItem[]): {
  readonly files: readonly ManifestFile[]
  readonly bytes: number
} {
  const files = items.filter((item) => item.kind === 'file')
  return { files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/**
 * Whether a link at `path` that says `to` stays, by its words, inside the entry: it must lead to the same place wherever the
 * entry stands, and out of it nowhere.
 */
export function staysInside(entry: string, path: string, to: string): boolean {
  if (to === '' || to.startsWith('/')) return false
  const place = path.slice(entry.length).split('/').slice(1, -1)
  for (const part of to.split('/')) {
    if (part === '..') {
      if (place.pop() === undefined) return false
    } else if (part !== '' && part !== '.') place.push(part)
  }
  return path !== entry
}

/** A name that fits into a line, and that every tar and every shell reads as it is. */
export function isPlainName(name: string): boolean {
  return !/[\p{Cc}\\\ufffd]/u.test(name)
}

function lineOf(item: ManifestItem): string {
  switch (item.kind) {
    case 'directory':
      return ['d', item.mode.toString(8), '-', item.path].join('\t')
    case 'file':
      return ['f', item.mode.toString(8), item.sha256, item.path].join('\t')
    case 'link':
      return ['l', '-', item.to, item.path].join('\t')
  }
}
