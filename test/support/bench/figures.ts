import { STABLE_MILLISECONDS } from '../../../src/health/readiness.ts'
import { PHASES } from '../../../src/model/phase.ts'
import type { Screen } from '../demo/screen.ts'
import { type StyledLine, styled } from '../demo/styled-text.ts'
import { layOutTable } from '../demo/table.ts'
import type { Confirm } from './by-action.ts'
import type { ByHand } from './by-hand.ts'
import type { Measurements } from './measure.ts'
import { median } from './median.ts'

/** What was set as a goal; nothing fails for missing it. */
const TARGETS = { peakMegabytes: 120, overheadSeconds: 2, execs: 12 }

/** No deployment can be faster than that: by hand nobody looks whether the deferred services stay up. */
const WINDOW_SECONDS = STABLE_MILLISECONDS / 1000

const NONE = '–'

/** Both tables: the figures, and where the time of a deployment goes. */
export function showFigures(measured: Measurements, screen: Screen): void {
  show(screen, ['figure', 'measured', 'floor', 'ratio', 'target', ''], figures(measured))
  screen.say('')
  show(screen, ['where the time goes (medians)', 'by the action', 'by hand'], breakdown(measured))
}

function figures({ starts, watched, byAction, byHand }: Measurements): readonly (readonly StyledLine[])[] {
  const first = median(starts.firstByte)
  const node = median(starts.node)
  const action = median(byAction.map(({ seconds }) => seconds))
  const hand = median(byHand.map(({ seconds }) => seconds))
  const overhead = action - hand
  return [
    row('start to the first byte of SSH', `${first.toFixed(0)} ms`, {
      floor: `node -e 0: ${node.toFixed(0)} ms`,
      ratio: first / node,
    }),
    row('memory when connected (RSS)', `${watched.connected.toFixed(0)} MB`, {
      floor: `node -e 0: ${starts.nodeMegabytes.toFixed(0)} MB`,
      ratio: watched.connected / starts.nodeMegabytes,
    }),
    row('memory, peak of a deployment', `${watched.peak.toFixed(0)} MB`, {
      floor: `node -e 0: ${starts.nodeMegabytes.toFixed(0)} MB`,
      ratio: watched.peak / starts.nodeMegabytes,
      target: `≤ ${TARGETS.peakMegabytes} MB`,
      met: watched.peak <= TARGETS.peakMegabytes,
    }),
    row('a good deployment', seconds(action), {
      floor: `by hand: ${seconds(hand)}`,
      ratio: action / hand,
      target: `≤ floor + ${TARGETS.overheadSeconds} s`,
      met: overhead <= TARGETS.overheadSeconds,
    }),
    row('— its overhead', seconds(overhead), {}),
    row(
      '— without the window in which deferred services must stay up',
      seconds(overhead - WINDOW_SECONDS),
      {},
    ),
    row('SSH connections of a deployment', String(watched.connections), {}),
    row('SSH execs of a deployment', String(watched.execs), {
      target: `≤ ${TARGETS.execs}`,
      met: watched.execs <= TARGETS.execs,
    }),
    row('round trips of a deployment', `about ${watched.turnarounds}`, {}),
    row('docker calls on the host', String(watched.dockerCalls), {
      floor: `by hand: ${watched.dockerCallsByHand}`,
      ratio: watched.dockerCalls / watched.dockerCallsByHand,
    }),
  ]
}

function row(
  figure: string,
  measured: string,
  against: {
    readonly floor?: string
    readonly ratio?: number
    readonly target?: string
    readonly met?: boolean
  },
): readonly StyledLine[] {
  const { floor = NONE, ratio, target = NONE, met } = against
  return [
    styled(figure, 'bold'),
    styled(measured),
    styled(floor),
    styled(ratio === undefined ? NONE : `${ratio.toFixed(1)} ×`),
    styled(target),
    met === undefined ? styled('') : styled(met ? 'met' : 'not met', met ? 'good' : 'bad'),
  ]
}

/** What is done by hand, beside the phase of the action that does the same and more. */
const BY_HAND: Readonly<Record<string, readonly [what: string, part: keyof ByHand]>> = {
  [PHASES.prefetch.title]: ['pull', 'pull'],
  [PHASES.health.title]: ['up --wait', 'up'],
  [PHASES.evidence.title]: ['wait', 'evidence'],
  [PHASES.assess.title]: ['assess', 'assess'],
}

function breakdown({ byAction, byHand }: Measurements): readonly (readonly StyledLine[])[] {
  const [first] = byAction
  return [...(first?.phases.keys() ?? [])].flatMap((phase) => {
    const [what, part] = BY_HAND[phase] ?? []
    const own = median(byAction.map(({ phases }) => phases.get(phase) ?? 0))
    const hand = part === undefined ? '' : `${what}: ${seconds(median(byHand.map((one) => one[part])))}`
    const shown = [[styled(phase), styled(seconds(own)), styled(hand)]]
    return phase === PHASES.confirm.title ? [...shown, ...confirmRows(byAction)] : shown
  })
}

function confirmRows(byAction: Measurements['byAction']): readonly (readonly StyledLine[])[] {
  const part = (name: keyof Confirm) => styled(seconds(median(byAction.map(({ confirm }) => confirm[name]))))
  return [
    [styled('  until the deferred service runs', 'dim'), part('untilDeferredRuns'), styled('')],
    [
      styled('  until it has been stable, and all is looked at again', 'dim'),
      part('untilPromoted'),
      styled(''),
    ],
  ]
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}

function show(screen: Screen, header: readonly string[], rows: readonly (readonly StyledLine[])[]): void {
  const headings = header.map((text) => styled(text, 'bold'))
  for (const line of layOutTable(headings, rows, screen.width)) screen.line(line)
}
