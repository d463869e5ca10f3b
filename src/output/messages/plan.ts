import type { ChangeReason, PlannedService } from '../../model/release-plan.ts'

/** What a deployment would do with a service. */
export const EFFECTS: Readonly<Record<PlannedService['effect'], string>> = {
  recreated: 'recreated',
  started: 'started; it has no container now',
  kept: 'kept as it is',
  'depends-on-tag': 'kept, unless the registry has another image under this tag by then',
}

/** Why a service would be recreated. */
export const REASONS: Readonly<Record<ChangeReason, string>> = {
  image: 'another image',
  configuration: 'its configuration or a variable changes',
  files: 'it mounts a path that changes',
}
