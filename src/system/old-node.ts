/** Must run on any Node. */
export function isOldNode(version: string): boolean {
  return Number(version.split('.')[0]) < 24
}
