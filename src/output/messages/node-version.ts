// Must run on any Node: this file uses nothing newer, and imports nothing.

export function isOldNode(version: string): boolean {
  return Number(version.split('.')[0]) < 24
}

/** Why the action does not run on this Node, as one line. */
export function describeOldNode(version: string, architecture: string): string {
  const cure =
    architecture === 'arm'
      ? 'On 32-bit ARM the runner of GitHub has no Node 24: use a runner on x64 or arm64.'
      : 'Update the runner to version 2.327.1 or newer, and remove settings that force an older Node on actions.'
  return `This action needs Node 24, and the runner started it with Node ${version} (${architecture}). No connection was made; what runs on the host is what ran before. ${cure}`
}
