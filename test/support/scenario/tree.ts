import type { PrivateHost } from '../private-host/private-host.ts'

/**
 * Everything below a directory of the host by its path: kind, mode and owner, and the hash of a file or what a link says.
 * Without `.closed-loop`, which is of the action, and the reports of the runner.
 */
export async function treeOf(
  host: PrivateHost,
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  const listed = await host.sh(`
cd '${directory}' || exit 1
find . -path ./.closed-loop -prune -o -path ./data/reports -prune -o -print | while IFS= read -r path; do
  if [ -h "$path" ]; then content="link $(readlink "$path")"
  elif [ -d "$path" ]; then content=directory
  else content=$(sha256sum <"$path" | cut -d ' ' -f 1); fi
  printf '%s\\t%s %s\\n' "\${path#./}" "$(stat -c '%a %u:%g' "$path")" "$content"
done`)
  return Object.fromEntries(
    listed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t', 2))
      .map(([path = '', facts = '']) => [path, facts]),
  )
}
