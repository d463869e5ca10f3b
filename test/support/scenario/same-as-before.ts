import { expect } from '@jest/globals'
import type { ContainerFacts, HostState } from './host-state.ts'

export interface SameAsBeforeOptions {
  /** Images that may be on the host in addition: those that are not of the release, pulled because they were absent. */
  readonly pulled?: readonly string[]
}

/**
 * What ran before runs again: every container equal in everything but its ID and start, every file of the
 * project by content, mode and owner, every tag, network and volume, no further image, with a name or without; and
 * nothing of the deployment is left.
 */
export function expectSameAsBefore(
  before: HostState,
  after: HostState,
  options: SameAsBeforeOptions = {},
): void {
  const { pulled = [] } = options
  expect(comparable(after)).toEqual(comparable(before))
  expect(after.envFile.bytes.toString()).toBe(before.envFile.bytes.toString())
  expect(after.files).toEqual(before.files)
  expect(without(after.tags, pulled)).toEqual(without(before.tags, pulled))
  expect(after.networks).toEqual(before.networks)
  expect(after.volumes).toEqual(before.volumes)
  const allowed = [...before.images, ...pulled.map((tag) => after.tags[tag])]
  expect(after.images.filter((id) => !allowed.includes(id))).toEqual([])
  // An earlier promotion holds the images of before.
  expectNothingOfOursLeft({ ...after, tags: without(after.tags, Object.keys(before.tags)) })
}

/** The containers of before are still there, not stopped and not started since. */
export function expectUntouched(before: HostState, after: HostState): void {
  const boots = (state: HostState) =>
    Object.values(state.containers).map(({ name, id, startedAt }) => `${name} ${id} ${startedAt}`)
  expectSameAsBefore(before, after)
  expect(boots(after).toSorted()).toEqual(boots(before).toSorted())
}

/** No process, container, tag, temporary file or lock of a deployment. */
export function expectNothingOfOursLeft(after: HostState): void {
  expect({
    processes: after.processes,
    containers: Object.keys(after.containers).filter((name) => name.startsWith('closed-loop-')),
    tags: Object.keys(after.tags).filter((tag) => tag.startsWith('closed-loop-')),
    temporaries: after.temporaries,
    locks: after.locks,
  }).toEqual({ processes: [], containers: [], tags: [], temporaries: [], locks: [] })
}

function comparable(state: HostState): Record<string, Partial<ContainerFacts>> {
  return Object.fromEntries(
    Object.entries(state.containers).map(([name, container]) => {
      const { service, number, imageId, reference, state: status, health, restartPolicy, makeup } = container
      return [name, { service, number, imageId, reference, state: status, health, restartPolicy, makeup }]
    }),
  )
}

function without(tags: HostState['tags'], names: readonly string[]): HostState['tags'] {
  return Object.fromEntries(Object.entries(tags).filter(([tag]) => !names.includes(tag)))
}
