/** One shell word that means exactly this text, whatever it holds. NUL cannot be part of a word. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
