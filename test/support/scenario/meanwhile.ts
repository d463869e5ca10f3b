import { PHASES, type PhaseName } from '../../../src/model/phase.ts'

/** Something that happens beside a deployment. */
export interface Meanwhile {
  /** For the deployment's `onLine`. */
  readonly onLine: (line: string) => void
  /** Resolves when it has been done; rejects when it failed, or when its moment never came. */
  done(): Promise<void>
}

/** The deployment, once it has ended and what happened beside it was done; disposed of where that failed. */
export async function besides<Deployed extends AsyncDisposable>(
  deployment: Promise<Deployed>,
  meanwhile: Meanwhile,
): Promise<Deployed> {
  const deployed = await deployment
  try {
    await meanwhile.done()
    return deployed
  } catch (thrown) {
    await deployed[Symbol.asyncDispose]()
    throw thrown
  }
}

/** Does something once, as soon as the log says that the deployment has reached a phase. */
export function meanwhileIn(phase: PhaseName, action: () => Promise<unknown>): Meanwhile {
  let doing: Promise<unknown> | undefined
  return {
    onLine: (line) => {
      if (doing !== undefined || !line.includes(`▶ ${PHASES[phase].title}`)) return
      doing = action()
      // Whoever waits for it in `done` hears of the failure.
      doing.catch(() => undefined)
    },
    done: async () => {
      if (doing === undefined) throw new Error(`the deployment never reached "${PHASES[phase].title}"`)
      await doing
    },
  }
}
