/** With room for a number and an ending. */
const MOST_CHARACTERS = 90

/**
 * Names of text files for names that come from the host: no separators, no leading dot, at most 100 characters, and no
 * two alike, also where upper and lower case are one.
 */
export function fileNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const clean =
      name
        .replace(/[^\w.-]/gu, '_')
        .replace(/^[.-]+/u, '')
        .slice(0, MOST_CHARACTERS) || 'unnamed'
    let free = clean
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${clean}-${number}`
    taken.add(free.toLowerCase())
    return `${free}.txt`
  })
}
