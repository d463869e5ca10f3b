import type { WatchProblem } from '../../model/problem.ts'
import { quotedOutput } from './quote.ts'
import type { Words } from './words.ts'

/** The watch over the containers ended by itself: why, and that nobody knows what the release did since. */
export function describeWatchProblem(problem: WatchProblem): Words {
  const { happened, next } = causeOf(problem)
  const words = problem.detail === '' ? '' : ` (${quotedOutput(problem.detail)})`
  return { what: `${happened}${words}. The state of the release since then is unknown.`, next }
}

function causeOf(problem: WatchProblem): { readonly happened: string; readonly next: string } {
  switch (problem.reason) {
    case 'no-events':
      return {
        happened: 'Docker on the host ended its stream of events several times',
        next: 'Check Docker on the host ("docker events" must work there), then deploy again.',
      }
    case 'killed':
      return {
        happened: `The watch over the containers was killed on the host (signal ${SIGNALS.get(problem.signal) ?? problem.signal})`,
        next: 'Find out what killed it. Lack of memory? "journalctl -k" on the host shows it. "sh .closed-loop/host.sh status" in the project directory shows whether the host or a person ended the deployment meanwhile. Then deploy again.',
      }
    case 'time-over':
      return {
        happened:
          'The watch over the containers reached its time limit, which is longer than the whole deployment may take',
        next: 'Find out what stopped the deployment: a suspended runner, or a Docker that did not answer for long. Then deploy again.',
      }
    case 'other':
      return {
        happened: `The watch over the containers ended by itself (exit code ${problem.exitCode})`,
        next: 'Read the last output of the host in the log, check its disk and memory ("df -h", "free -m"), then deploy again.',
      }
  }
}

/** Those by which a process is killed from outside. */
const SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, 'HUP'],
  [2, 'INT'],
  [9, 'KILL'],
  [15, 'TERM'],
])
