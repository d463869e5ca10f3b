/** What has to be undone at the end, whatever happens in between. */
export class Cleanup {
  readonly #undo: { readonly what: string; readonly run: () => Promise<void> | void }[] = []

  /** `what`: the thing that goes away, for the person who must remove it by hand if that fails. */
  add(what: string, run: () => Promise<void> | void): void {
    this.#undo.push({ what, run })
  }

  isEmpty(): boolean {
    return this.#undo.length === 0
  }

  /** Undoes everything, last first, and forgets it. Gives a line about each thing that could not be undone. */
  async run(): Promise<readonly string[]> {
    const failures: string[] = []
    for (let next = this.#undo.pop(); next !== undefined; next = this.#undo.pop()) {
      try {
        await next.run()
      } catch (error) {
        failures.push(`${next.what}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return failures
  }
}
